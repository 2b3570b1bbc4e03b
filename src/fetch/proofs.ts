import { MountError } from "../model/error.ts";
import { Secret } from "../model/secret.ts";
import type { Outcome } from "../model/outcome.ts";
import { podName, type Order } from "./order.ts";

/** What a store shows of a pod; pods of one session with equal views may be given the same answers. */
export type Proof =
  | { readonly kind: "accepted"; readonly view: string }
  /** Not accepted now; `last`: as what it was accepted before, for answers from before an outage. */
  | { readonly kind: "refused"; readonly error: MountError; readonly last: string | undefined };

/** Of a pod that its store does not tell apart from the others of its service account. */
export const unseen: Proof = { kind: "accepted", view: "" };

/** Whether kubelet's word is proof enough, because the store sees no more of a pod than that. */
export function isProven({ source }: Order): boolean {
  return source.description.proof !== "pod";
}

/** Asks the store once, with all that keeps tenants apart. */
export type AskProof = (ask: (signal: AbortSignal) => Promise<readonly Outcome[]>) => Promise<Outcome>;

/** Pods remembered; the one not asked for longest leaves first. */
const maxPods = 2000;

/**
 * That each pod was itself accepted by a store which tells the pods of a service account apart, before it is given
 * anything, also from memory.
 */
export class Proofs {
  readonly #views = new Map<string, string>();

  /** Rejects with the signal's reason only. */
  async of(order: Order, ask: AskProof): Promise<Proof> {
    const { connection } = order.source;
    const name = `${order.session.key}\0${podName(order)}`;
    const outcome = await ask(async (signal) => {
      const version = await connection.identify(order.session, signal);
      return [{ kind: "found", value: new Secret(Buffer.alloc(0)), version }];
    });
    const last = this.#views.get(name);
    this.#views.delete(name);
    if (outcome.kind !== "found") {
      const error = outcome.kind === "failed" ? outcome.error : new MountError("internal", outcome.problem);
      if (error.transient && last !== undefined) this.#views.set(name, last);
      return { kind: "refused", error, last: error.transient ? last : undefined };
    }
    this.#views.set(name, outcome.version);
    for (const oldest of this.#views.keys()) {
      if (this.#views.size <= maxPods) break;
      this.#views.delete(oldest);
    }
    return { kind: "accepted", view: outcome.version };
  }
}
