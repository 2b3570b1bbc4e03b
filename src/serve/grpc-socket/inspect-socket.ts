import { lstat } from "node:fs/promises";
import { connect } from "node:net";
import { codeProblem, systemCode } from "../../model/system-error.ts";

/**
 * What is at a socket's path: nothing; a socket that nobody listens on; one that somebody serves; something that is not a
 * socket; or a socket that cannot be judged, `unknown`, with the reason.
 */
export type SocketState =
  | { readonly kind: "free" | "dead" | "served" | "not-a-socket" }
  | { readonly kind: "unknown"; readonly problem: string };

/** Looks at a path without following links, and connects where a socket lies. Never rejects. */
export async function inspectSocket(path: string): Promise<SocketState> {
  const found = await lstat(path).catch(systemCode);
  if (typeof found === "string")
    return found === "ENOENT" ? { kind: "free" } : { kind: "unknown", problem: codeProblem(found) };
  if (!found.isSocket()) return { kind: "not-a-socket" };
  const answer = await tryConnect(path);
  // A full queue is one of a process that lives.
  if (answer === undefined || answer === "EAGAIN") return { kind: "served" };
  if (answer === "ENOENT") return { kind: "free" };
  return answer === "ECONNREFUSED" ? { kind: "dead" } : { kind: "unknown", problem: codeProblem(answer) };
}

/** Connects to a unix socket and leaves at once; undefined when somebody listens, else the code of the error. */
export function tryConnect(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on("error", (error) => resolve(systemCode(error)));
  });
}
