import { job } from "../../model/compute.ts";
import type { RenderContext } from "../../model/plan.ts";
import { MountError } from "../../model/error.ts";
import type { OpenedPfx } from "./pkcs12.ts";
import { Rounds, shortRounds } from "./rounds.ts";

/** Opens a key store whose key derivations take long. Refuses as `openPfx` does. */
export const openPfxJob = job<Uint8Array, OpenedPfx>("open-pfx", "opening the key store (PFX)");

/** Opens a key store without a password: here where that is short, elsewhere where it is not. Rejects as `openPfx` does. */
export async function openKeyStore(
  bytes: Buffer,
  { run, signal }: Pick<RenderContext, "run" | "signal">,
): Promise<OpenedPfx> {
  const { openPfx } = await import("./pkcs12.ts");
  try {
    return await openPfx(bytes, new Rounds(shortRounds), signal);
  } catch (thrown) {
    if (MountError.from(thrown).reason !== "budget_exceeded") throw thrown;
    const { keys, certificates } = await run(openPfxJob, bytes);
    // Buffers cross the border to the child as plain bytes.
    return { keys: keys.map((one) => Buffer.from(one)), certificates: certificates.map((one) => Buffer.from(one)) };
  }
}
