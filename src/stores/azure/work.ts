import { workerFor, type Worker } from "../../compute/worker.ts";
import { job } from "../../model/compute.ts";

/** A key store without a password, base64, and whether its certificates are put in order. */
export interface Converting {
  readonly base64: string;
  readonly chain: boolean;
}

/** Gives the PEM text of a key store whose key derivations take long. Refuses as `openPfx` does. */
export const pfxJob = job<Converting, string>("pfx", "opening the certificate's key store (PFX)");

/** The work of this store. */
export const work: readonly Worker[] = [
  workerFor(pfxJob, async () => {
    const [{ pfxToPem }, { maxRounds, Rounds }] = await Promise.all([
      import("./convert.ts"),
      import("../../text/certificates/rounds.ts"),
    ]);
    // Nobody waits beside it: the process is ended as a whole.
    return ({ base64, chain }) => pfxToPem(base64, chain, new Rounds(maxRounds), new AbortController().signal);
  }),
];
