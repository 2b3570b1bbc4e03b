/** Hosts of the service that CyberArk runs, whose API is below `/api`. */
const cloud = /\.secretsmgr\.(?:integration-)?cyberark\.cloud$/u;

/** The base of every URL, or why there is none. */
export type ParsedAddress =
  { readonly kind: "url"; readonly url: string } | { readonly kind: "refused"; readonly problem: string };

/** What to write for an address. */
export const addressFix = "write the server's URL, such as https://conjur.example.com";

/** Reads the address of a server: slashes at its end do not count, and a host of CyberArk's own service gets its `/api`. */
export function parseAddress(text: string): ParsedAddress {
  if (!/^https?:\/\/[^\s\\]+$/u.test(text)) return refused("it does not start with https:// or http://");
  const url = URL.parse(text);
  if (url === null) return refused("it is not a URL");
  if (url.username !== "" || url.password !== "") return refused("it holds a user name");
  if (/[?#]/u.test(text)) return refused("it holds a query");
  if (/%(?![0-9a-fA-F]{2})/u.test(url.pathname)) return refused("its path has a % escape that cannot be used");
  const path = url.pathname.replace(/\/+$/u, "");
  const api = cloud.test(url.hostname) && !path.endsWith("/api") ? "/api" : "";
  return { kind: "url", url: url.origin + path + api };
}

function refused(problem: string): ParsedAddress {
  return { kind: "refused", problem };
}

/** The name of a JWT authenticator out of `authn-jwt/NAME`; what has no such mark is the name itself. Empty for none. */
export function serviceOf(authnId: string): string {
  const mark = "authn-jwt/";
  const at = authnId.indexOf(mark);
  return at < 0 ? authnId : authnId.slice(at + mark.length);
}

/** Whether a text can be a part of a URL's path: `.` and `..` cannot, however they are escaped, nor can empty ones. */
export function isPathPart(text: string): boolean {
  return text !== "" && text.isWellFormed() && text.split("/").every((part) => !["", ".", ".."].includes(part));
}

/** A text as one part of a path, its slashes escaped. */
export function pathPart(text: string): string {
  return encodeURIComponent(text);
}
