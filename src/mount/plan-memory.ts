import { createHash } from "node:crypto";
import type { MountPlan } from "../model/plan.ts";
import type { Dialect, DialectInput } from "../model/dialect.ts";

/** Plans kept, and bytes of parameter text that they were made of. */
const bounds = { plans: 500, bytes: 32 << 20 };

/**
 * A dialect that remembers what it made of the same parameters and annotation: every pod of a workload sends the same, about once a
 * minute. A plan depends on nothing else and is never changed. Mistakes are not remembered.
 */
export function rememberPlans(dialect: Dialect): Dialect {
  const plans = new Map<string, { readonly plan: MountPlan; readonly bytes: number }>();
  let held = 0;
  const drop = (name: string) => {
    held -= plans.get(name)?.bytes ?? 0;
    plans.delete(name);
  };
  return {
    ...dialect,
    parse: (input, issues) => {
      const { name, bytes } = nameOf(input);
      const known = plans.get(name);
      if (known !== undefined) {
        plans.delete(name);
        plans.set(name, known);
        return known.plan;
      }
      const plan = dialect.parse(input, issues);
      if (plan === undefined) return undefined;
      plans.set(name, { plan, bytes });
      held += bytes;
      // The first is the least recently used.
      for (const oldest of plans.keys()) {
        if (plans.size <= bounds.plans && held <= bounds.bytes) break;
        drop(oldest);
      }
      return plan;
    },
  };
}

function nameOf(input: DialectInput): { readonly name: string; readonly bytes: number } {
  const { parameters, defaultMode, annotation } = input;
  const beside = annotation?.kind === "text" ? [annotation.text] : [annotation?.kind, annotation?.error.text];
  const text = JSON.stringify([defaultMode, beside, ...[...parameters].sort(([a], [b]) => (a < b ? -1 : 1))]);
  return { name: createHash("sha256").update(text).digest("base64"), bytes: text.length };
}
