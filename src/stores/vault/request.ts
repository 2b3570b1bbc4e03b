/** One request of Vault's API, as two objects of one Mount share it when they name the same. */
export interface VaultRequest {
  /** As written; GET where none was. */
  readonly method: string;
  /** Clean, unescaped, from the root: `/v1/secret/data/db`. */
  readonly path: string;
  /** Escaped, sorted by key, without the question mark; empty for none. */
  readonly query: string;
  /** JSON; undefined for none. */
  readonly body: string | undefined;
}

/** The query that makes a GET a listing. */
export const listQuery = "list=true";

/** A path as a person wrote it, or what is wrong with it. */
export type ParsedPath =
  | { readonly kind: "path"; readonly path: string; readonly query: string }
  | { readonly kind: "refused"; readonly problem: string };

/**
 * Reads a secretPath as the official provider does: `/v1` before it unless it is there, segments cleaned, the query
 * decoded and encoded anew with its keys sorted.
 */
export function parseSecretPath(text: string): ParsedPath {
  const mark = text.indexOf("?");
  const [written, query] = mark === -1 ? [text, ""] : [text.slice(0, mark), text.slice(mark + 1)];
  const rooted = rootedPath(text, written);
  const encoded = encodeQuery(query);
  if (encoded === undefined) {
    return { kind: "refused", problem: "its query has a bad % escape or a semicolon; write key=value&key=value" };
  }
  return { kind: "path", path: cleanPath(rooted), query: encoded };
}

function rootedPath(whole: string, written: string): string {
  if (whole.startsWith("/v1/")) return written;
  if (whole.startsWith("v1/")) return `/${written}`;
  return written.startsWith("/") ? `/v1${written}` : `/v1/${written}`;
}

/** A path from the root without empty, `.` and `..` segments and without a slash at the end. */
export function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  return `/${kept.join("/")}`;
}

/** The path of a request below the prefix that the server's address has, escaped, with its query. */
export function escapedPath({ path, query }: Pick<VaultRequest, "path" | "query">, address: string): string {
  const prefix = address.startsWith("unix://") ? "" : decodeURI(new URL(address).pathname);
  const escaped = cleanPath(`${prefix}/${path}`).split("/").map(escapeSegment).join("/");
  return query === "" ? escaped : `${escaped}?${query}`;
}

/** Escapes what Go's `net/url` escapes in a path. */
function escapeSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed())
    .replace(/[!'()*]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%(?:24|26|2B|2C|3A|3B|3D|40)/gu, decodeURIComponent);
}

/** Go's `url.ParseQuery` and `Values.Encode`; undefined for a query that it refuses. */
function encodeQuery(query: string): string | undefined {
  if (query.includes(";")) return undefined;
  const values = new Map<string, string[]>();
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const key = decodeBytes(equals === -1 ? pair : pair.slice(0, equals));
    const value = decodeBytes(equals === -1 ? "" : pair.slice(equals + 1));
    if (key === undefined || value === undefined) return undefined;
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const keys = [...values.keys()].sort((a, b) => (a < b ? -1 : 1));
  return keys
    .flatMap((key) => (values.get(key) ?? []).map((value) => `${encodeBytes(key)}=${encodeBytes(value)}`))
    .join("&");
}

/** Bytes as text of one character each, so that nothing is lost that is not UTF-8. */
function decodeBytes(text: string): string | undefined {
  const bytes = Buffer.from(text, "utf8").toString("latin1").replaceAll("+", " ");
  if (/%(?![0-9a-fA-F]{2})/u.test(bytes)) return undefined;
  return bytes.replace(/%([0-9a-fA-F]{2})/gu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function encodeBytes(bytes: string): string {
  return bytes.replace(/[^A-Za-z0-9\-_.~]/gu, (character) =>
    character === " " ? "+" : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** A method that HTTP can carry: a token of RFC 9110, section 5.6.2. */
export function isMethod(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/u.test(text);
}

/** Two objects with equal keys are one request. */
export function requestKey({ method, path, query, body }: VaultRequest): string {
  return JSON.stringify([method, path, query, body ?? null]);
}

/** Path and query as messages show them, without `/v1/`. */
export function shownPath({ path, query }: VaultRequest): string {
  const short = path.replace(/^\/v1\//u, "");
  return query === "" ? short : `${short}?${query}`;
}
