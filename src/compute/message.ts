import type { Reason } from "../model/reasons.ts";

/** Work for the child process, or its code alone, so that later only the work takes time; one at a time. */
export type Request =
  | { readonly kind: "run"; readonly name: string; readonly input: unknown }
  | { readonly kind: "load"; readonly name: string };

/** What the child says first: that it can be asked. */
export const ready = "ready";

/** Its answer. Of an error that is not ours only the name leaves the child: its text may quote the input. */
export type Reply =
  | { readonly kind: "done"; readonly output: unknown }
  | { readonly kind: "refused"; readonly reason: Reason; readonly message: string }
  | { readonly kind: "failed"; readonly name: string };
