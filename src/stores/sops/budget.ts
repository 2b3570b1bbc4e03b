import { MountError } from "../../model/error.ts";
import { limits } from "./limits.ts";

/** Counts what a document is made of while it is parsed. */
export interface Budget {
  /** One more value, map or list, inside so many maps and lists. Throws MountError `document_invalid` past a limit. */
  spend(depth: number): void;
}

/** A budget of so many nodes. */
export function createBudget(nodes: number = limits.nodes): Budget {
  let left = nodes;
  return {
    spend(depth) {
      if (depth > limits.depth) throw invalid(`it is nested deeper than ${limits.depth} levels`);
      left -= 1;
      if (left < 0) throw invalid(`it has more than ${nodes} values`);
    },
  };
}

/** The error for a document that is not of its form. The problem continues the sentence `the document is refused: `. */
export function invalid(problem: string): MountError {
  return new MountError("document_invalid", problem);
}

/** Refuses a key that a map already has. Keys are public in a manifest, still only their beginning is shown. */
export function claimKey(seen: Set<string>, key: string): void {
  if (seen.has(key)) throw invalid(`the key ${shownKey(key)} is there twice`);
  seen.add(key);
}

/** A key, or a path of keys, as messages show it. */
export function shownKey(key: string): string {
  return JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}…` : key);
}
