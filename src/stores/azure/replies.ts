import { MountError } from "../../model/error.ts";
import type { AzureContent, AzureObjectType, AzureVersion } from "./objects.ts";

type Json = Readonly<Record<string, unknown>>;

/** One entry of a list of versions. */
export interface ListedVersion {
  readonly version: string;
  readonly enabled: boolean;
  /** Seconds since 1970. */
  readonly created: number;
}

/** Reads the answer for one version. Throws MountError `store_protocol`. */
export function parseVersion(body: Uint8Array, type: AzureObjectType): AzureVersion {
  const json = parseJson(body);
  const key = type === "key" ? objectOf(json["key"]) : json;
  const id = textOf(key[type === "key" ? "kid" : "id"]);
  return { version: versionIn(id), content: contentOf(json, key, type) };
}

function contentOf(json: Json, key: Json, type: AzureObjectType): AzureContent {
  if (type === "key") {
    const entries = Object.entries(key).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []));
    return { type, jwk: Object.fromEntries(entries) as Readonly<Record<string, string>> };
  }
  if (type === "cert") return { type, cer: textOf(json["cer"]) };
  const { contentType, kid } = json;
  return {
    type,
    value: textOf(json["value"]),
    contentType: typeof contentType === "string" ? contentType : undefined,
    certificate: typeof kid === "string" && kid !== "",
  };
}

/** Reads a page of versions. Throws MountError `store_protocol`. */
export function parseList(
  body: Uint8Array,
  type: AzureObjectType,
): { readonly versions: readonly ListedVersion[]; readonly next: string | undefined } {
  const { value, nextLink } = parseJson(body);
  if (value !== null && value !== undefined && !Array.isArray(value)) throw garbled();
  const items = (value ?? []) as readonly unknown[];
  const versions = items.flatMap((item): readonly ListedVersion[] => {
    const entry = objectOf(item);
    const { attributes } = entry;
    if (typeof attributes !== "object" || attributes === null) return [];
    const { enabled, created } = attributes as Json;
    const version = versionIn(textOf(entry[type === "key" ? "kid" : "id"]));
    return [{ version, enabled: enabled === true, created: typeof created === "number" ? created : 0 }];
  });
  return { versions, next: typeof nextLink === "string" && nextLink !== "" ? nextLink : undefined };
}

/** One secret of a vault's list: of its newest version. */
export interface ListedSecret {
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly enabled: boolean;
  /** Seconds since 1970; undefined where it has no end. */
  readonly expires: number | undefined;
}

/** Reads a page of secrets. Throws MountError `store_protocol`. */
export function parseSecretList(body: Uint8Array): {
  readonly secrets: readonly ListedSecret[];
  readonly next: string | undefined;
} {
  const { value, nextLink } = parseJson(body);
  if (value !== null && value !== undefined && !Array.isArray(value)) throw garbled();
  const secrets = ((value ?? []) as readonly unknown[]).map((item): ListedSecret => {
    const { id, attributes, tags } = objectOf(item);
    const { enabled, exp } = objectOf(attributes ?? {});
    const name = URL.parse(textOf(id))?.pathname.split("/")[2];
    if (name === undefined || !/^[0-9A-Za-z-]{1,127}$/u.test(name)) throw garbled();
    const texts = Object.entries(objectOf(tags ?? {})).flatMap(([key, text]) =>
      typeof text === "string" ? [[key, text] as const] : [],
    );
    return {
      name,
      tags: new Map(texts),
      enabled: enabled === true,
      expires: typeof exp === "number" ? exp : undefined,
    };
  });
  return { secrets, next: typeof nextLink === "string" && nextLink !== "" ? nextLink : undefined };
}

/** The third segment of an identifier's path. */
function versionIn(id: string): string {
  const version = URL.parse(id)?.pathname.split("/")[3];
  if (version === undefined || version === "") throw garbled();
  return version;
}

function parseJson(body: Uint8Array): Json {
  try {
    return objectOf(JSON.parse(Buffer.from(body).toString("utf8")));
  } catch {
    throw garbled();
  }
}

function objectOf(value: unknown): Json {
  if (typeof value !== "object" || value === null) throw garbled();
  return value as Json;
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw garbled();
  return value;
}

function garbled(): MountError {
  return new MountError("store_protocol", "the vault's answer is not that of Key Vault; check the address and proxies");
}
