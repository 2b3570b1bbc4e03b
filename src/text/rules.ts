import { patternProblem } from "../model/grant.ts";
import type { JsonSchema, Parsed, Rule } from "../model/setting.ts";
import { parseDuration } from "./codecs/duration.ts";
import { goBooleans, parseGoBoolean } from "./go/boolean.ts";
import { nearest } from "./nearest.ts";

/** What a text of a known kind means; a problem says what to write instead, and never the text. */
export function rule<T>(schema: JsonSchema, fix: string, read: (text: string) => T | undefined): Rule<T> {
  return {
    schema,
    parse: (text): Parsed<T> => {
      const value = read(text);
      return value === undefined ? { kind: "problem", problem: fix } : { kind: "value", value };
    },
  };
}

/** `true` or `false` in any spelling of Go's `strconv.ParseBool`. */
export const booleanRule: Rule<boolean> = rule(
  { anyOf: [{ type: "boolean" }, { enum: [0, 1, ...goBooleans] }] },
  `write true or false (also ${goBooleans.filter((text) => !/^(?:true|false)$/u.test(text)).join(", ")})`,
  parseGoBoolean,
);

/** A duration in milliseconds, at least `min`. */
export function durationRule(min = 0): Rule<number> {
  const fix =
    min > 0 ? "write a duration above zero, such as 90s" : "write a duration, such as 90s, 2m or 1h30m, or 0s";
  return rule(durationSchema, fix, (text) => {
    const value = parseDuration(text);
    return value === undefined || value < min ? undefined : value;
  });
}

/** Durations as `parseDuration` reads them; in an expression that Go's engine takes too, for Helm. */
export const durationSchema: JsonSchema = {
  type: ["string", "integer"],
  minLength: 1,
  pattern: "^(0|([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,12}ms)?)$",
  minimum: 0,
  maximum: 0,
};

/** A whole number of a range, in decimal digits. */
export function integerRule(min: number, max: number, what = "whole number"): Rule<number> {
  const schema = { type: ["integer", "string"], minimum: min, maximum: max, pattern: "^[0-9]{1,16}$" };
  return rule(schema, `write a ${what} from ${min} to ${max}`, (text) => {
    const value = /^\d{1,16}$/u.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

const units: Readonly<Record<string, number>> = { "": 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** A size in bytes as Kubernetes writes it, at least `min` bytes. */
export function sizeRule(min: number): Rule<number> {
  const schema = { type: ["integer", "string"], minimum: min, pattern: "^[0-9]{1,15}(Ki|Mi|Gi)?$" };
  const fix = `write a number of bytes, or one with Ki, Mi or Gi, such as 384Mi; at least ${min / 2 ** 20}Mi`;
  return rule(schema, fix, (text) => {
    const [, digits = "", unit = ""] = /^(\d{1,15})(Ki|Mi|Gi)?$/u.exec(text) ?? [];
    const size = Number(digits) * (units[unit] ?? 1);
    return digits !== "" && size >= min && Number.isSafeInteger(size) ? size : undefined;
  });
}

/** One of some words; a near miss is hinted at. */
export function choiceRule<T extends string>(allowed: readonly T[], what = "value"): Rule<T> {
  return {
    schema: { enum: allowed },
    parse: (text) => {
      const value = allowed.find((one) => one === text);
      if (value !== undefined) return { kind: "value", value };
      const meant = nearest(text, allowed);
      const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
      return { kind: "problem", problem: `there is no such ${what}; write one of ${allowed.join(", ")}${hint}` };
    },
  };
}

/** Text on one line that fits an environment variable; empty is none. */
export const textRule: Rule<string> = patternRule(/^\P{Cc}*$/u, "write one line of text");

/** Text of any number of lines, such as PEM. */
export const linesRule: Rule<string> = rule({ type: "string" }, "write text", (text) => text);

/** Path of a file or folder, as the daemon sees it; empty is none. */
export const pathRule: Rule<string> = patternRule(/^\P{Cc}*$/u, "write a path");

/** Text of a form, or none. `fix` says what to write, with an example. */
export function patternRule(form: RegExp, fix: string): Rule<string> {
  return rule({ type: ["string", "number"] }, fix, (text) => (text === "" || form.test(text) ? text : undefined));
}

/** A namespace, or a pattern of namespaces. */
export const namespaceRule: Rule<string> = rule(
  { type: "string", pattern: "^[a-z0-9*-]{1,63}$" },
  "write names of namespaces in lower case, or patterns such as team-*",
  (text) => (patternProblem(text) === undefined ? text : undefined),
);

/** A host name or address in a certificate: what TLS calls a server name. Empty is none. */
export const hostRule: Rule<string> = patternRule(
  /^(?:[\w-]+(?:\.[\w-]+)*|\[?[0-9a-fA-F:.]+\]?)$/u,
  "write a host name, such as vault.example.com",
);

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0 means any free one. */
  readonly port: number;
}

/** `HOST:PORT`; an IPv6 host stands in brackets. */
export const listenRule: Rule<ListenAddress> = rule(
  { type: "string", pattern: "^(\\[[0-9a-fA-F:.]+\\]|[^\\s:\\[\\]]+):[0-9]{1,5}$" },
  "write HOST:PORT, such as 127.0.0.1:8080, with a port from 0 to 65535",
  (text) => {
    const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/u.exec(text);
    const port = Number(parts?.[3] ?? "NaN");
    const host = parts?.[1] ?? parts?.[2];
    return host !== undefined && port <= 65_535 ? { host, port } : undefined;
  },
);
