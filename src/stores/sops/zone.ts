import { RE2JS } from "re2js";
import { invalid } from "./budget.ts";
import { limits } from "./limits.ts";

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

/** The zone of a rule. Throws MountError when its pattern is not valid RE2. */
export function createZone(field: RuleField, text: string): Zone {
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
  if (text.length > limits.pattern) throw invalid(`its ${field} is longer than ${limits.pattern} characters`);
  try {
    return RE2JS.compile(text);
  } catch {
    throw invalid(`its ${field} is not a valid RE2 pattern`);
  }
}
