import { resolveOldPlain } from "./old-scalar.ts";
import type { GoNode } from "./yaml-node.ts";
import { goString } from "./yaml-values.ts";
import { sigsString } from "./sigs-values.ts";
import { resolvePlain, type Resolved } from "./yaml-scalar.ts";

/** How one of Go's YAML libraries reads a text; the parser below them is the same. */
export interface GoRules {
  /** Whether a key that repeats is refused, or its last value holds. */
  readonly repeatedKeys: "refused" | "last";
  /** Which keys a map may have: what is decoded by way of JSON cannot have null, a list or a map for one. */
  readonly keys: "any" | "scalars";
  /** What null is in a list of texts or structs: nothing, or an empty one. */
  readonly nullItems: "skipped" | "empty";
  /** Tokens behind the one that is asked for which the library scans, and refuses the text for. */
  readonly lookahead: number;
  /** What a scalar without quotes and tag is. */
  resolve(text: string): Resolved;
  /** What a string field takes of a node: nothing for null, undefined for a list or a map. */
  text(node: GoNode): string | undefined;
  /** Whether a key as it is written sets this field. */
  sets(key: string, field: string): boolean;
}

/** `gopkg.in/yaml.v3` 3.0.1, decoded into a struct: exact names, raw texts. */
export const yamlV3: GoRules = {
  repeatedKeys: "refused",
  keys: "any",
  nullItems: "skipped",
  lookahead: 3,
  resolve: resolvePlain,
  text: goString,
  sets: (key, field) => key === field,
};

/**
 * `sigs.k8s.io/yaml`, decoded into a struct: YAML 1.1 as yaml.v2 has it becomes JSON and then fields, so that names match
 * in any case, and plain scalars are resolved before they are texts again (`012` is `10`, `yes` is `true`).
 */
export const sigsYaml: GoRules = {
  repeatedKeys: "last",
  keys: "scalars",
  nullItems: "empty",
  lookahead: 1,
  resolve: resolveOldPlain,
  text: sigsString,
  sets: (key, field) => key === field || new RegExp(`^${field}$`, "iu").test(key),
};
