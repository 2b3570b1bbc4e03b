import type { ObjectPath } from "../../model/file.ts";
import { nearest } from "../../text/nearest.ts";
import { mistake, type Mistake, type Position } from "./finding.ts";
import { dataKeyProblem } from "./kube-names.ts";
import type { KubeNode } from "./kube-node.ts";
import { checkLabels } from "./resource.ts";

/** A text of a manifest and where it stands. */
export interface Written extends Position {
  readonly text: string;
  readonly path: string;
}

/** A Kubernetes Secret that the driver or the sync controller makes of files: one entry of `secretObjects`, or a SecretSync. */
export interface SyncedSecret extends Position {
  readonly type: Written | undefined;
  readonly data: readonly { readonly file: Written | undefined; readonly key: Written | undefined }[];
}

/** Reads the fields that both kinds of resource have; `names`: what they call the file and the key. */
export function readSyncedSecret(node: KubeNode, names: { readonly file: string; readonly key: string }): SyncedSecret {
  const { line, column } = node;
  const items = node.fields.get("data")?.value.items ?? [];
  return {
    line,
    column,
    type: writtenAt(node, "type"),
    data: items.map((item) => ({ file: writtenAt(item, names.file), key: writtenAt(item, names.key) })),
  };
}

/** The text of a field, without white space around it as the driver takes it; undefined where there is none. */
export function writtenAt(node: KubeNode, name: string): Written | undefined {
  const value = node.fields.get(name)?.value;
  if (value?.kind !== "text" || value.text.trim() === "") return undefined;
  const { line, column, path } = value;
  return { text: value.text.trim(), line, column, path };
}

/** Kubernetes' demands on the keys of a Secret of some type (pkg/apis/core/validation, ValidateSecret). */
const typeKeys: ReadonlyMap<string, { readonly all?: readonly string[]; readonly any?: readonly string[] }> = new Map([
  ["Opaque", {}],
  ["kubernetes.io/tls", { all: ["tls.crt", "tls.key"] }],
  ["kubernetes.io/dockerconfigjson", { all: [".dockerconfigjson"] }],
  ["kubernetes.io/dockercfg", { all: [".dockercfg"] }],
  ["kubernetes.io/ssh-auth", { all: ["ssh-privatekey"] }],
  ["kubernetes.io/basic-auth", { any: ["username", "password"] }],
  ["kubernetes.io/service-account-token", {}],
  ["bootstrap.kubernetes.io/token", {}],
]);

/** What Kubernetes and the driver demand of a Secret that is to be made. */
export function checkSyncedSecret(node: KubeNode, secret: SyncedSecret, mistakes: Mistake[]): void {
  checkLabels(node, mistakes);
  const seen = new Set<string>();
  for (const { key } of secret.data) {
    if (key === undefined) continue;
    const problem = dataKeyProblem(key.text);
    if (problem !== undefined) {
      mistakes.push(
        mistake("secret-key-invalid", key, `a Secret cannot have this key: ${problem}`, { field: key.path }),
      );
    }
    if (seen.has(key.text)) {
      mistakes.push(
        mistake("secret-key-twice", key, "the Secret has this key twice; the later value stays", { field: key.path }),
      );
    }
    seen.add(key.text);
  }
  if (secret.type !== undefined) checkType(secret.type, secret, mistakes);
}

function checkType(type: Written, secret: SyncedSecret, mistakes: Mistake[]): void {
  const field = type.path;
  const rule = typeKeys.get(type.text);
  if (rule === undefined) {
    const meant = nearest(type.text, typeKeys.keys());
    if (meant === undefined) return;
    const problem = "it is no type that Kubernetes knows, and is then not checked by it";
    mistakes.push(mistake("secret-type-unusual", type, problem, { field, fix: `did you mean ${meant}?` }));
    return;
  }
  const keys = secret.data.flatMap(({ key }) => (key === undefined ? [] : [key]));
  // An entry without a key may be the one that is missing here.
  if (keys.length === 0 || keys.length < secret.data.length) return;
  const has = (name: string) => keys.some(({ text }) => text === name);
  const missing = (rule.all ?? []).filter((name) => !has(name));
  const others = type.text === "kubernetes.io/tls" ? keys.filter(({ text }) => !rule.all?.includes(text)) : [];
  for (const key of others) {
    const problem = `a Secret of type ${type.text} can only have the keys tls.crt and tls.key`;
    const meant = nearest(key.text, missing) ?? missing[0];
    const fix = meant === undefined ? "remove it, or make it another Secret" : `did you mean ${meant}?`;
    mistakes.push(mistake("secret-type-keys", key, problem, { field: key.path, fix }));
  }
  if (missing.length > others.length) {
    const told = missing.slice(others.length);
    const problem = `a Secret of type ${type.text} needs the key ${told.join(" and ")}`;
    const near = keys.find(({ text }) => nearest(text, told) !== undefined);
    const fix = near === undefined ? `add a data entry with key ${told[0] ?? ""}` : `did you mean ${told[0] ?? ""}?`;
    mistakes.push(mistake("secret-type-keys", near ?? type, problem, { field: (near ?? type).path, fix }));
  }
  if (rule.any !== undefined && !rule.any.some(has)) {
    const problem = `a Secret of type ${type.text} needs one of the keys ${rule.any.join(", ")}`;
    mistakes.push(
      mistake("secret-type-keys", type, problem, { field, fix: `add a data entry with key ${rule.any.join(" or ")}` }),
    );
  }
}

/** What a volume will hold, as far as a plan tells before anything is read. */
export interface KnownFiles {
  readonly paths: readonly ObjectPath[];
  /** Whether there may be others, whose names come with the answer. */
  readonly open: boolean;
}

/** Files that a Secret takes its values from, held against those of the volume. */
export function checkFiles(secret: SyncedSecret, { paths, open }: KnownFiles, mistakes: Mistake[]): void {
  if (open) return;
  for (const { file } of secret.data) {
    if (file === undefined || paths.some((path) => path === file.text)) continue;
    const meant = nearestFile(file.text, paths);
    const list = `write one of: ${paths.slice(0, 20).join(", ")}`;
    const fix = meant === undefined ? list : `did you mean ${meant}?`;
    const problem = "it is not the path of a file in the volume";
    mistakes.push(mistake("secret-file-unknown", file, problem, { field: file.path, fix }));
  }
}

/** A path alike, one that differs by slashes, or the only file that there is. */
function nearestFile(name: string, paths: readonly string[]): string | undefined {
  const flat = name.replaceAll("/", "_");
  const alike = paths.find((path) => path === flat || path.replaceAll("/", "_") === flat);
  return alike ?? nearest(name, paths) ?? endingAlike(name, paths) ?? (paths.length === 1 ? paths[0] : undefined);
}

/** The one path that ends with the name or with whose end the name agrees, such as `db-password` for `password`. */
function endingAlike(name: string, paths: readonly string[]): string | undefined {
  const [first, more] = paths.filter((path) => path.endsWith(name) || name.endsWith(path));
  return more === undefined ? first : undefined;
}
