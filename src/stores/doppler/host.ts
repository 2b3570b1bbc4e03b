import { hostOf, type DopplerSettings } from "./settings.ts";

/** A host that can be used, or what is wrong with it. */
export type ParsedHost =
  { readonly kind: "host"; readonly host: string } | { readonly kind: "refused"; readonly problem: string };

/** What to write for a host. */
export const hostFix = "write https://HOST, without path, query and user name, or leave it out";

/** Reads the host of a manifest. Which hosts may be used is the operator's to say, and not looked at here. */
export function parseHost(text: string | undefined, settings: DopplerSettings): ParsedHost {
  if (text === undefined || text === "") return { kind: "host", host: hostOf(settings) };
  const host = text.replace(/\/$/u, "");
  if (settings.hosts.includes(host)) return { kind: "host", host };
  const url = /^https?:\/\/[^\s\\]+$/u.test(host) ? URL.parse(host) : null;
  if (url === null) return { kind: "refused", problem: "it is no URL" };
  if (url.protocol !== "https:") return { kind: "refused", problem: "it is plain http" };
  if (url.username !== "" || url.password !== "") return { kind: "refused", problem: "it holds a user name" };
  if (url.pathname !== "/" || /[?#]/u.test(host)) return { kind: "refused", problem: "it has a path or a query" };
  return { kind: "host", host: url.origin };
}
