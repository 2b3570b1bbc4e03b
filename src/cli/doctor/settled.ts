import { MountError } from "../../model/error.ts";

/** What work gave, or why it failed; what the signal ended is told by its limit in milliseconds. */
export async function settled<T>(work: Promise<T>, signal: AbortSignal, limit: number): Promise<T | MountError> {
  try {
    return await work;
  } catch (thrown) {
    if (!signal.aborted) return MountError.from(thrown);
    return new MountError("store_unavailable", `the Kubernetes API did not answer within ${limit / 1000} s`);
  }
}
