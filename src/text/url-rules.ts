import type { Rule } from "../model/setting.ts";
import { rule } from "./rules.ts";

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "localhost"]);

/** What the URL of a setting may be. */
export interface UrlForm {
  /** Plain http: `loopback` for tests and emulators, `any` where the operator answers for the network. */
  readonly http: "no" | "loopback" | "any";
  /** Words in braces that the program replaces, such as `{vault}`. */
  readonly placeholder?: string;
  /** Whether `unix:///PATH` will do as well. */
  readonly unix?: boolean;
}

/**
 * The URL of a server, without user name, query and fragment; a slash at its end does not count. Empty is none. The
 * text that was written comes back, so that what the operator reads in logs is what the operator wrote.
 */
export function urlRule(form: UrlForm): Rule<string> {
  const http = { no: "", loopback: "http://localhost:PORT", any: "http://HOST" }[form.http];
  const ways = ["https://HOST[:PORT]", http, form.unix === true ? "unix:///PATH" : ""].filter((way) => way !== "");
  const fix = `write a URL of the form ${ways.join(" or ")}, without user name and query`;
  const schemes = ["https", ...(form.http === "no" ? [] : ["http"]), ...(form.unix === true ? ["unix"] : [])];
  return rule({ type: "string", pattern: `^$|^(${schemes.join("|")})://` }, fix, (text) => readUrl(text, form));
}

function readUrl(text: string, { http, placeholder, unix }: UrlForm): string | undefined {
  if (text === "") return "";
  if (unix === true && /^unix:\/\/\/\P{Cc}+$/u.test(text)) return text;
  if (!/^https?:\/\/[^\s\\]+$/u.test(text)) return undefined;
  const url = URL.parse(placeholder === undefined ? text : text.replaceAll(placeholder, "x"));
  if (url?.username !== "" || url.password !== "" || /[?#]/u.test(text)) return undefined;
  const plain = url.protocol === "http:";
  const refused = plain && (http === "no" || (http === "loopback" && !loopback.has(url.hostname)));
  return refused ? undefined : text.replace(/\/+$/u, "");
}
