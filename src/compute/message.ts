import type { Reason } from "../model/reasons.ts";

/** Work for the child process; one at a time. */
export interface Request {
  readonly name: string;
  readonly input: unknown;
}

/** What the child says first: that it can be asked. */
export const ready = "ready";

/** Its answer. Of an error that is not ours only the name leaves the child: its text may quote the input. */
export type Reply =
  | { readonly kind: "done"; readonly output: unknown }
  | { readonly kind: "refused"; readonly reason: Reason; readonly message: string }
  | { readonly kind: "failed"; readonly name: string };
