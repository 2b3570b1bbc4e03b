import { MountError } from "../../model/error.ts";
import { goJson, GoNumber, parseGoJson, type GoJson } from "../../text/go/json.ts";
import { goText } from "../../text/go/text.ts";

type GoMap = ReadonlyMap<string, GoJson>;

/** A successful answer of Vault's API. */
export interface VaultAnswer {
  readonly requestId: string;
  readonly leaseId: string;
  /** Digits of a whole number of seconds. */
  readonly leaseDuration: string;
  readonly renewable: boolean;
  readonly data: GoMap;
  readonly warnings: readonly string[] | null;
  readonly auth: GoMap | null;
  readonly wrapInfo: GoMap | null;
  readonly mountType: string;
}

/**
 * Reads the body of a 2xx answer: fields without regard to case, text after the first value ignored, an object of
 * unknown fields as the data itself. `path` is shown; `mount_type` is such a field for a client that does not know it. Throws MountError `store_protocol`, `object_unusable`.
 */
export function parseAnswer(body: Uint8Array, path: string, knowsMountType = true): VaultAnswer {
  const root = parseRoot(body, path);
  const fields = new Map([...root].map(([name, value]) => [name.toLowerCase(), value]));
  const read = new FieldReader(fields, path);
  const answer = {
    requestId: read.text("request_id"),
    leaseId: read.text("lease_id"),
    leaseDuration: read.integer("lease_duration"),
    renewable: read.boolean("renewable"),
    data: read.map("data"),
    warnings: read.texts("warnings"),
    auth: knowsMountType ? read.map("auth") : withoutSelfEnrollment(read.map("auth")),
    wrapInfo: read.map("wrap_info"),
    mountType: knowsMountType ? read.text("mount_type") : "",
  };
  const empty = Object.values(answer).every(
    (value) => value === "" || value === "0" || value === false || value === null,
  );
  const data = empty ? rawData(root, path, knowsMountType) : answer.data;
  if (data !== null) return { ...answer, data };
  const warned = answer.warnings === null || answer.warnings.length === 0 ? "" : "; the server adds warnings to it";
  throw new MountError("object_unusable", `the answer for ${path} holds no data${warned}; check the path`);
}

function parseRoot(body: Uint8Array, path: string): GoMap {
  if (body.byteLength === 0) {
    throw new MountError("object_unusable", `the answer for ${path} is empty; a request that gives data is needed`);
  }
  const root = parse(goText(body), path);
  if (root instanceof Map) return root as GoMap;
  throw new MountError(
    "store_protocol",
    `the answer for ${path} is not a JSON object; check that the address is the server's and not a proxy's`,
  );
}

function parse(text: string, path: string): GoJson | undefined {
  try {
    return parseGoJson(text, "ignored");
  } catch (thrown) {
    if (!(thrown instanceof MountError)) return undefined;
    throw new MountError(thrown.reason, `the answer for ${path} cannot be read: ${thrown.message}`);
  }
}

/** The data of an answer that has none of the usual fields, such as that of `sys/health`. */
function rawData(root: GoMap, path: string, knowsMountType: boolean): GoMap | null {
  if (root.has("errors")) {
    throw new MountError("object_unusable", `the answer for ${path} holds errors instead of data; check the path`);
  }
  const isKnown = (name: string) => known.has(name) && (knowsMountType || name !== "mount_type");
  return root.size === 0 || [...root.keys()].every((name) => isKnown(name.toLowerCase())) ? null : root;
}

/** Without the one field of constraints on second factors that only newer clients know. */
function withoutSelfEnrollment(value: GoMap | null): GoMap | null {
  const strip = (item: GoJson): GoJson => {
    if (Array.isArray(item)) return (item as readonly GoJson[]).map(strip);
    if (!(item instanceof Map)) return item;
    const kept = [...(item as GoMap)].filter(([name]) => name.toLowerCase() !== "self_enrollment_enabled");
    return new Map(kept.map(([name, inner]) => [name, strip(inner)]));
  };
  if (value === null) return null;
  const isMfa = (name: string) => name.toLowerCase() === "mfa_requirement";
  return new Map([...value].map(([name, item]) => [name, isMfa(name) ? strip(item) : item]));
}

const known: ReadonlySet<string> = new Set([
  "request_id",
  "lease_id",
  "lease_duration",
  "renewable",
  "data",
  "warnings",
  "auth",
  "wrap_info",
  "mount_type",
]);

/** Fields with the types that the official client decodes them into; null is the zero value. */
class FieldReader {
  readonly #fields: GoMap;
  readonly #path: string;

  constructor(fields: GoMap, path: string) {
    this.#fields = fields;
    this.#path = path;
  }

  text(name: string): string {
    const value = this.#fields.get(name) ?? null;
    return value === null ? "" : typeof value === "string" ? value : this.#refuse(name, "a text");
  }

  boolean(name: string): boolean {
    const value = this.#fields.get(name) ?? null;
    return value === null ? false : typeof value === "boolean" ? value : this.#refuse(name, "true or false");
  }

  integer(name: string): string {
    const value = this.#fields.get(name) ?? null;
    if (value === null) return "0";
    if (!(value instanceof GoNumber) || !/^-?\d{1,18}$/u.test(value.digits))
      return this.#refuse(name, "a whole number");
    return String(BigInt(value.digits));
  }

  map(name: string): GoMap | null {
    const value = this.#fields.get(name) ?? null;
    return value === null ? null : value instanceof Map ? (value as GoMap) : this.#refuse(name, "an object");
  }

  texts(name: string): readonly string[] | null {
    const value = this.#fields.get(name) ?? null;
    if (value === null) return null;
    if (!Array.isArray(value)) return this.#refuse(name, "a list");
    const items = value as readonly GoJson[];
    return items.map((item) => (item === null ? "" : typeof item === "string" ? item : this.#refuse(name, "texts")));
  }

  #refuse(name: string, expected: string): never {
    throw new MountError("store_protocol", `the answer for ${this.#path} has a field ${name} that is not ${expected}`);
  }
}

/** The whole answer as the official provider writes it: its fields in a fixed order. */
export function wholeAnswer(answer: VaultAnswer): string {
  const { requestId, leaseId, leaseDuration, renewable, data, warnings, auth, wrapInfo, mountType } = answer;
  return ordered([
    ["request_id", requestId],
    ["lease_id", leaseId],
    ["lease_duration", new GoNumber(leaseDuration)],
    ["renewable", renewable],
    ["data", data],
    ["warnings", warnings],
    ...(auth === null ? [] : [["auth", new Written(struct(auth, authFields))] as const]),
    ...(wrapInfo === null ? [] : [["wrap_info", new Written(struct(wrapInfo, wrapFields))] as const]),
    ...(mountType === "" ? [] : [["mount_type", mountType] as const]),
  ]);
}

/** A value that is JSON already. */
class Written {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }
}

function ordered(fields: readonly (readonly [string, GoJson | Written])[]): string {
  const parts = fields.map(([name, value]) => `"${name}":${value instanceof Written ? value.json : goJson(value)}`);
  return `{${parts.join(",")}}`;
}

const zero = { text: "", number: new GoNumber("0"), no: false, nothing: null, time: "0001-01-01T00:00:00Z" } as const;

const authFields: readonly (readonly [string, GoJson])[] = [
  ["client_token", zero.text],
  ["accessor", zero.text],
  ["policies", zero.nothing],
  ["token_policies", zero.nothing],
  ["identity_policies", zero.nothing],
  ["metadata", zero.nothing],
  ["orphan", zero.no],
  ["entity_id", zero.text],
  ["lease_duration", zero.number],
  ["renewable", zero.no],
  ["mfa_requirement", zero.nothing],
];

const wrapFields: readonly (readonly [string, GoJson])[] = [
  ["token", zero.text],
  ["accessor", zero.text],
  ["ttl", zero.number],
  ["creation_time", zero.time],
  ["creation_path", zero.text],
  ["wrapped_accessor", zero.text],
];

function struct(map: GoMap, fields: readonly (readonly [string, GoJson])[]): string {
  const folded = new Map([...map].map(([name, value]) => [name.toLowerCase(), value]));
  return ordered(fields.map(([name, standard]) => [name, folded.get(name) ?? standard] as const));
}
