import type { Fields } from "../model/fields.ts";
import type { PathOf } from "../model/key.ts";

/** The required `file` of a kind whose keys are in files. */
export function requiredFile(fields: Fields, pathOf: PathOf): string {
  const file = fields.requiredText("file", "name the file that holds the private key");
  return file === "" ? "" : pathOf(file);
}

/** A path that may be left out, or is empty. */
export function optionalPath(fields: Fields, name: string, pathOf: PathOf): string | undefined {
  const path = fields.text(name);
  return path === undefined || path === "" ? path : pathOf(path);
}

/** The `file` with the operator's credential at a service: it, or the identity in this field, never both or neither. */
export function credentialFile(
  fields: Fields,
  pathOf: PathOf,
  identity: { readonly field: string; readonly value: string | undefined },
): string {
  const file = optionalPath(fields, "file", pathOf) ?? "";
  const { field, value } = identity;
  if ((file === "") !== (value === undefined)) return file;
  const problem = file === "" ? "it has no credential" : "it has two credentials";
  fields.refuse(
    file === "" ? "file" : field,
    problem,
    `write file, or ${field} to use the pod's identity; one of them`,
  );
  return file;
}

/** Names or patterns; there must be some, and none is empty. */
export function requiredPatterns(fields: Fields, name: string, fix: string): readonly string[] {
  if (!fields.has(name)) {
    fields.requiredText(name, fix);
    return [];
  }
  const patterns = fields.texts(name) ?? [];
  if (patterns.length === 0 || patterns.includes("")) fields.refuse(name, "it is empty", fix);
  return patterns;
}

const addressFix = "write https:// and the host";

/** Address of a server that must be there. */
export function requiredAddress(fields: Fields, name: string): string {
  return checkedAddress(fields, name, fields.requiredText(name, addressFix)) ?? "";
}

/** Address of a server that may be left out. */
export function optionalAddress(fields: Fields, name: string): string | undefined {
  return checkedAddress(fields, name, fields.text(name));
}

function checkedAddress(fields: Fields, name: string, text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  const url = URL.parse(text);
  const plain = url?.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!plain || !["https:", "http:"].includes(url.protocol)) fields.refuse(name, "it is not an address", addressFix);
  return text;
}

/** The same without what is undefined: a setting that was left out is not there. */
export function defined<T extends object>(settings: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
