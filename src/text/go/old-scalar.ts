import { resolvePlain, type Resolved } from "./yaml-scalar.ts";

/** The booleans that YAML 1.1 has beyond `true` and `false`. */
const switches: ReadonlyMap<string, Resolved> = new Map(
  ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"].map(
    (word) => [word, { tag: "!!bool" }] as const,
  ),
);

/** Resolves a scalar that was written without quotes and without a tag, by the rules of yaml.v2 2.4. */
export function resolveOldPlain(text: string): Resolved {
  return switches.get(text) ?? resolvePlain(text);
}

/** What a boolean of YAML 1.1 says. */
export function oldBoolean(text: string): boolean {
  return /^(?:y|yes|true|on)$/iu.test(text);
}
