import { parseProxy, type Proxy } from "../../http/proxy.ts";
import type { VaultClient } from "../../identity/vault/call.ts";
import { MountError } from "../../model/error.ts";
import type { Rule } from "../../model/setting.ts";
import { parseDuration } from "../../text/codecs/duration.ts";
import { rule } from "../../text/rules.ts";

/** What the official client takes from its environment for every request. */
export type VaultClientSettings = VaultClient;

/** Nothing but what holds for every store. */
export const plainClient: VaultClientSettings = { headers: {}, limit: 0, proxy: undefined };

/** A number of seconds, or a duration. */
export const timeoutRule: Rule<number> = rule(
  { type: ["string", "integer"] },
  "write a number of seconds, or a duration such as 90s",
  (text) => {
    const span = /^\d{1,9}$/u.test(text) ? Number(text) * 1000 : parseDuration(text);
    return span !== undefined && span >= 0 ? span : undefined;
  },
);

/** The address of a proxy; empty for none. */
export function proxyRule(variable: string): Rule<Proxy | undefined> {
  const fix = "write http:// or https:// and the proxy's host and port";
  const own = rule({ type: "string" }, fix, (text): { readonly proxy: Proxy | undefined } | undefined => {
    const proxy = parseProxy(variable, text);
    return proxy instanceof MountError ? undefined : { proxy };
  });
  return {
    schema: own.schema,
    parse: (text) => {
      const parsed = own.parse(text);
      return parsed.kind === "value" ? { kind: "value", value: parsed.value.proxy } : parsed;
    },
  };
}

/** A JSON object of header names and texts, or lists of them; none that starts with X-Vault-. */
export const headersRule: Rule<VaultClientSettings["headers"]> = rule(
  { type: "string" },
  'write a JSON object such as {"X-Team": "shop"}, without names that start with X-Vault-',
  readHeaders,
);

function readHeaders(text: string): VaultClientSettings["headers"] | undefined {
  if (text === "") return {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
    const headers = Object.entries(parsed).map(([name, value]) => [name.toLowerCase(), headerText(value)] as const);
    const isUsable = ([name, value]: readonly [string, string | undefined]) =>
      /^[!#$%&'*+\-.^_`|~0-9a-z]+$/u.test(name) && !name.startsWith("x-vault-") && value !== undefined;
    return headers.every(isUsable) ? (Object.fromEntries(headers) as Record<string, string>) : undefined;
  } catch {
    return undefined;
  }
}

/** Several values of one name are sent as one, with commas (RFC 9110, section 5.3). */
function headerText(value: unknown): string | undefined {
  const all = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const isText = (one: unknown): one is string => typeof one === "string" && /^[\t\x20-\x7e]*$/u.test(one);
  return all.length > 0 && all.every(isText) ? all.join(", ") : undefined;
}
