import { get } from "node:http";
import type { ExitCode } from "../command.ts";
import { systemProblem } from "../../model/system-error.ts";

/** Where to ask. */
export interface HealthCheckOptions {
  /** `HOST:PORT` of the daemon's `--health-address`. */
  readonly address: string;
  /** `/readyz` or `/livez`. */
  readonly path: string;
  /** Milliseconds. */
  readonly timeout: number;
  err(text: string): void;
}

/** Asks a running daemon how it is; 0 when it answers with 200, 1 with the reason on standard error otherwise. */
export async function checkHealth({ address, path, timeout, err }: HealthCheckOptions): Promise<ExitCode> {
  const problem = await ask(`http://${reachable(address)}${path}`, AbortSignal.timeout(timeout));
  if (problem === undefined) return 0;
  err(`keyferry health: ${problem}\n`);
  return 1;
}

/** A daemon that listens on every address is asked on the loopback one. */
export function reachable(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
}

function ask(url: string, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { signal, agent: false }, (response) => {
      const { statusCode } = response;
      response.resume();
      resolve(statusCode === 200 ? undefined : `${url} answers ${statusCode ?? "nothing"}`);
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      const why = signal.aborted ? "no answer in time" : systemProblem(error);
      resolve(`${url} cannot be asked: ${why}`);
    });
  });
}
