import type { YamlScalar } from "./syntax/node.ts";

/** Tags that a scalar may have and then is no text; those of another schema make it one. */
const typed: readonly string[] = ["!!null", "!!bool", "!!int", "!!float"];

/**
 * What a scalar is by the core schema of YAML 1.2: whole numbers are bigint, and may be out of a double's range. One with a
 * tag is what the tag says, where it can be that, else a text.
 */
export function coreValue({ text, style, tag }: YamlScalar): null | boolean | bigint | number | string {
  if (!typed.includes(tag) && (tag !== "" || style !== "plain")) return text;
  const value = plainValue(text);
  if (tag === "!!float" && typeof value === "bigint") return Number(value);
  return tag === "" || tag === tagOf(value) ? value : text;
}

function plainValue(text: string): null | boolean | bigint | number | string {
  if (/^(?:~|[Nn]ull|NULL)?$/u.test(text)) return null;
  if (/^(?:[Tt]rue|TRUE|[Ff]alse|FALSE)$/u.test(text)) return text.toLowerCase() === "true";
  if (/^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/u.test(text)) {
    return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text.replace("+", ""));
  }
  if (/^[-+]?\.(?:inf|Inf|INF)$/u.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^\.(?:nan|NaN|NAN)$/u.test(text)) return Number.NaN;
  return /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/u.test(text) ? Number(text) : text;
}

function tagOf(value: null | boolean | bigint | number | string): string {
  if (value === null) return "!!null";
  if (typeof value === "boolean") return "!!bool";
  return typeof value === "bigint" ? "!!int" : typeof value === "number" ? "!!float" : "!!str";
}
