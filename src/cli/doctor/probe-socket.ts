import { stat } from "node:fs/promises";
import { askVersion } from "../../driver/client.ts";
import { DriverFailure } from "../../driver/failure.ts";
import { tryConnect } from "../../serve/grpc-socket/inspect-socket.ts";
import { codeProblem, systemCode } from "../../model/system-error.ts";

/** What is at the path of a socket. */
export type Probe =
  | { readonly kind: "absent" }
  | { readonly kind: "not-a-socket" }
  /** Nobody listens. */
  | { readonly kind: "stale" }
  /** We may not look; `problem` says why, and whose it is. */
  | { readonly kind: "hidden"; readonly problem: string }
  /** Somebody listens and does not speak as a provider does. */
  | { readonly kind: "dumb"; readonly problem: string }
  | { readonly kind: "live"; readonly runtime: string; readonly version: string; readonly mode: number };

/** The name that this program gives itself. */
export const ownRuntime = "keyferry";

/** Most characters of a name that somebody else gave. */
const mostShown = 60;

/** Looks at a path as the driver does, following links, and asks whoever listens there who it is. */
export async function probeSocket(path: string, now: () => number, limit: number): Promise<Probe> {
  const found = await stat(path).catch(systemCode);
  if (typeof found === "string") {
    return ["ENOENT", "ENOTDIR"].includes(found) ? { kind: "absent" } : { kind: "hidden", problem: codeProblem(found) };
  }
  if (!found.isSocket()) return { kind: "not-a-socket" };
  const code = await tryConnect(path);
  if (code === "ENOENT") return { kind: "absent" };
  if (code === "ECONNREFUSED") return { kind: "stale" };
  // A full queue is one of a process that lives and takes nothing out of it.
  if (code === "EAGAIN") return { kind: "dumb", problem: "takes no connections" };
  if (code !== undefined) return { kind: "hidden", problem: `${codeProblem(code)}; it belongs to user ${found.uid}` };
  try {
    const { runtimeName, runtimeVersion } = await askVersion(path, now() + limit);
    const runtime = runtimeName === "" ? "a provider without a name" : runtimeName.slice(0, mostShown);
    return { kind: "live", runtime, version: runtimeVersion.slice(0, mostShown), mode: found.mode };
  } catch (thrown) {
    const late = thrown instanceof DriverFailure && thrown.code === 4;
    return {
      kind: "dumb",
      problem: late ? `gives no answer within ${limit / 1000} s` : "does not speak as a provider",
    };
  }
}
