import { answer } from "./answer.ts";
import type { Worker } from "./worker.ts";
import { ready, type Request } from "./message.ts";

/** The child's end of the pipe. */
export interface ParentPort {
  on(event: "message" | "disconnect", listener: (message: unknown) => void): unknown;
  send?(message: unknown): unknown;
  exit(code: number): never;
}

/** The child's side: answers one request after the other, and ends with its parent. */
export function serveWork(workers: readonly Worker[], port: ParentPort): void {
  port.on("message", (request) => {
    // The parent is our own code, and sends nothing else.
    void answer(workers, request as Request).then((reply) => port.send?.(reply));
  });
  port.on("disconnect", () => port.exit(0));
  port.send?.(ready);
}
