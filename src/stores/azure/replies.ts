import { notKeyVaults } from "./sdk.ts";
import type { ListedSecret, ListedVersion } from "./vault-kind.ts";

/** Properties of an object's version, as every client of the SDK gives them. The SDK does not check what it was sent. */
interface SdkProperties {
  readonly version?: unknown;
  readonly enabled?: unknown;
  readonly createdOn?: unknown;
}

/** The version of an answer. Throws MountError `store_protocol` where it has none. */
export function versionOf({ version }: SdkProperties): string {
  return textOf(version, false);
}

/** A version of a list. One without attributes is as good as disabled. Throws MountError `store_protocol`. */
export function listedOf(properties: SdkProperties): ListedVersion {
  const { enabled, createdOn } = properties;
  const created = createdOn instanceof Date ? createdOn.getTime() / 1000 : 0;
  return { version: versionOf(properties), enabled: enabled === true, created: Number.isFinite(created) ? created : 0 };
}

/** A text that an answer must hold. Throws MountError `store_protocol`. */
export function textOf(value: unknown, mayBeEmpty = true): string {
  if (typeof value === "string" && (mayBeEmpty || value !== "")) return value;
  throw notKeyVaults();
}

/** A secret of a vault's list, as the SDK gives it. */
interface SdkListedSecret extends SdkProperties {
  readonly name?: unknown;
  readonly tags?: unknown;
  readonly expiresOn?: unknown;
}

/** A secret of a list. Throws MountError `store_protocol`. */
export function listedSecretOf({ name, tags, enabled, expiresOn }: SdkListedSecret): ListedSecret {
  if (typeof name !== "string" || !/^[0-9A-Za-z-]{1,127}$/u.test(name)) throw notKeyVaults();
  const texts = Object.entries(typeof tags === "object" && tags !== null ? tags : {}).flatMap(
    ([key, text]: [string, unknown]) => (typeof text === "string" ? [[key, text] as const] : []),
  );
  const expires = expiresOn instanceof Date ? expiresOn.getTime() / 1000 : undefined;
  return { name, tags: new Map(texts), enabled: enabled === true, expires };
}
