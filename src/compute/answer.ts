import { MountError } from "../model/error.ts";
import type { Worker } from "./worker.ts";
import type { Reply, Request } from "./message.ts";

/** The child's side: does the work of one request. */
export async function answer(workers: readonly Worker[], request: Request): Promise<Reply> {
  try {
    const worker = workers.find((one) => one.name === request.name);
    if (worker === undefined) return { kind: "failed", name: "unknown work" };
    if (request.kind === "run") return { kind: "done", output: await worker.run(request.input) };
    await worker.load();
    return { kind: "done", output: undefined };
  } catch (thrown) {
    if (thrown instanceof MountError) return { kind: "refused", reason: thrown.reason, message: thrown.message };
    return { kind: "failed", name: thrown instanceof Error ? thrown.name : typeof thrown };
  }
}
