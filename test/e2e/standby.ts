import { spawn } from "node:child_process";
import { testMain } from "./daemon.ts";

/** A daemon that is told to wait for the socket, seen by its log. */
export interface StandingDaemon {
  /** Every line of its log so far. */
  log(): readonly string[];
  /** Resolves when a line of the log has this message; rejects when the daemon ends before. */
  says(message: string): Promise<void>;
  /** `http://127.0.0.1:PORT` once it stands by or is ready. */
  health(): string;
  /** Sends SIGTERM; resolves to the exit code, or the signal that ended it. */
  stop(): Promise<number | string>;
  /** Ends it without a chance to clean up. */
  kill(): Promise<number | string>;
}

/** Starts a daemon on a folder of sockets that another may still serve. */
export function startStandby(folder: string, patience: string, flags: readonly string[] = []): StandingDaemon {
  const own = ["--providers-dir", folder, "--health-address", "127.0.0.1:0", "--wait-for-socket", patience];
  const child = spawn(process.execPath, [testMain, "serve", ...own, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | string>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "?"));
  });
  return {
    log: () => text.trimEnd().split("\n"),
    says: (message) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!text.includes(`"message":"${message}"`)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then((code) => reject(new Error(`exit ${code} before "${message}": ${text}`)));
      }),
    health: () => `http://${/"address":"([^"]+)"/.exec(text)?.[1] ?? ""}`,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
    kill: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}
