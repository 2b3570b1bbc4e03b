import { connect } from "node:net";
import { kubeletDeadline, mountOver } from "../../driver/client.ts";
import { DriverFailure, unknownCode } from "../../driver/failure.ts";
import type { MountCall } from "../../model/request.ts";
import { MountRequest, MountResponse } from "../../wire/provider.ts";
import { encodeResponse, fromWire } from "../../serve/wire.ts";
import { systemProblem } from "../../model/system-error.ts";

/**
 * Asks a provider of this process, through the same encoding as a socket. Aborted at kubelet's deadline. `now`:
 * milliseconds since 1970. Rejects with the call's MountError.
 */
export async function askHere(call: MountCall, request: MountRequest, now: number): Promise<MountResponse> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), kubeletDeadline);
  try {
    const received = fromWire(MountRequest.decode(MountRequest.encode(request)));
    const answer = await call(received, { signal: stop.signal, deadline: now + kubeletDeadline });
    return MountResponse.decode(encodeResponse(answer));
  } finally {
    clearTimeout(timer);
  }
}

/** Asks the daemon behind a socket. Rejects with DriverFailure; at once, unlike the driver, where nobody listens. */
export async function askSocket(socket: string, request: MountRequest, now: number): Promise<MountResponse> {
  await knock(socket);
  return mountOver(socket, request, { deadline: now + kubeletDeadline });
}

function knock(socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket, () => {
      connection.destroy();
      resolve();
    });
    connection.once("error", (error: NodeJS.ErrnoException) => {
      const problem = `nothing answers on ${socket}: ${systemProblem(error)}; start keyferry serve first`;
      reject(new DriverFailure(unknownCode, problem, ""));
    });
  });
}
