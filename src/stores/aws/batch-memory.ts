import type { Clock } from "../../model/clock.ts";

/** How a batch ended: `unknown` where its failure says nothing of what the role may. */
export type BatchEnd = "allowed" | "refused" | "unknown";

/** A batch that may be tried. */
export interface BatchTry {
  /** Nobody knows yet whether the role may. */
  readonly isFirst: boolean;
  end(how: BatchEnd): void;
}

/** Remembers which roles may read secrets in batches. */
export interface BatchMemory {
  /** Undefined where single calls are to be made: refused before, switched off, or being found out at this moment. */
  begin(principal: string, region: string): BatchTry | undefined;
}

/** How long a refusal is remembered, in milliseconds: it shows in the customer's audit trail, so it is rare. */
const refusedFor = 24 * 3_600_000;

/** Maximum number of roles remembered; above that the oldest are forgotten. */
const maxRoles = 2_000;

/** A memory without entries; `enabled` as the operator says. */
export function createBatchMemory(enabled: boolean, clock: Clock): BatchMemory {
  const refused = new Map<string, number>();
  const allowed = new Set<string>();
  const probing = new Set<string>();
  return {
    begin(principal, region) {
      const key = JSON.stringify([principal, region]);
      if (!enabled || probing.has(key) || clock.monotonic() < (refused.get(key) ?? -Infinity)) return undefined;
      const isFirst = !allowed.has(key);
      if (isFirst) probing.add(key);
      return {
        isFirst,
        end: (how) => {
          probing.delete(key);
          if (how === "allowed") remember(allowed, key, () => allowed.add(key));
          if (how === "refused") {
            allowed.delete(key);
            remember(refused, key, () => refused.set(key, clock.monotonic() + refusedFor));
          }
        },
      };
    },
  };
}

function remember(
  known: { readonly size: number; keys(): Iterable<string>; delete(key: string): boolean },
  key: string,
  add: () => void,
): void {
  known.delete(key);
  if (known.size >= maxRoles) {
    const [oldest] = known.keys();
    if (oldest !== undefined) known.delete(oldest);
  }
  add();
}
