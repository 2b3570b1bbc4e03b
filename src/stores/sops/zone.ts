import { RE2JS } from "re2js";
import { isShort } from "../../text/match.ts";
import { invalid } from "./budget.ts";
import type { MapNode, Node } from "./node.ts";

/** Names of the six rules in the metadata; a document has at most one. */
export const ruleFields = [
  "unencrypted_suffix",
  "encrypted_suffix",
  "unencrypted_regex",
  "encrypted_regex",
  "unencrypted_comment_regex",
  "encrypted_comment_regex",
] as const;

export type RuleField = (typeof ruleFields)[number];

/** Says which values of a document are encrypted. */
export type Zone =
  /** Depends on the keys above a value: those with a matching key are encrypted, or exactly the others. */
  | { readonly by: "key"; readonly matches: (key: string) => boolean; readonly encryptedIfMatched: boolean }
  /**
   * Depends on comments, whose place in a document only the writer's own YAML parser knows. A value counts as
   * encrypted exactly when it looks so: the digest fixes the sequence of values, so exchanging clear and encrypted
   * text is still noticed.
   */
  | { readonly by: "look" };

/** A document's rule, as it is written. Nothing is compiled before a key for the document is granted, or it is short. */
export interface Rule {
  readonly field: RuleField;
  readonly text: string;
}

/** Whether compiling and matching a rule takes some milliseconds at most for these documents. */
export function isShortRule({ field, text }: Rule, documents: readonly MapNode[]): boolean {
  if (field.endsWith("_suffix")) return true;
  return isShort({ pattern: text, texts: field.includes("_comment_") ? [] : [...keysOf(documents)] });
}

function keysOf(documents: readonly MapNode[]): ReadonlySet<string> {
  const keys = new Set<string>();
  const visit = (node: Node): void => {
    if (node.kind === "list") node.items.forEach(visit);
    if (node.kind !== "map") return;
    for (const { key, value } of node.entries) {
      keys.add(key);
      visit(value);
    }
  };
  documents.forEach(visit);
  return keys;
}

/** The zone of a rule. Throws MountError when its pattern is not valid RE2. */
export function createZone({ field, text }: Rule): Zone {
  if (field === "unencrypted_comment_regex" || field === "encrypted_comment_regex") {
    compile(field, text);
    return { by: "look" };
  }
  const encryptedIfMatched = field.startsWith("encrypted_");
  if (field.endsWith("_suffix")) return { by: "key", matches: (key) => key.endsWith(text), encryptedIfMatched };
  const pattern = compile(field, text);
  const known = new Map<string, boolean>();
  const matches = (key: string): boolean => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = pattern.test(key);
    known.set(key, found);
    return found;
  };
  return { by: "key", matches, encryptedIfMatched };
}

function compile(field: RuleField, text: string): RE2JS {
  try {
    return RE2JS.compile(text);
  } catch {
    throw invalid(`its ${field} is not a valid RE2 pattern`);
  }
}
