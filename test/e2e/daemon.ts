import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The built command line with the stub store plugged in. */
export const testMain = join(root, "build", "main.js");

export interface Daemon {
  readonly folder: string;
  readonly process: ChildProcess;
  /** Everything on standard output and standard error so far. */
  output(): string;
  /** `http://127.0.0.1:PORT` of health and metrics. */
  readonly health: string;
  socket(name: string): string;
  /** Sends SIGTERM; resolves to the exit code, or the signal that ended it. */
  stop(): Promise<number | string>;
}

export interface DaemonOptions {
  /** Providers directory; a new one if left out. */
  readonly folder?: string;
  readonly flags?: readonly string[];
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Text of the operator configuration. */
  readonly config?: string;
}

/** Starts the real daemon process and waits until it is ready. Rejects with its output if it ends before. */
export async function startDaemon(options: DaemonOptions = {}): Promise<Daemon> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "kf-"));
  const words = ["serve", "--providers-dir", folder, "--health-address", "127.0.0.1:0", ...(options.flags ?? [])];
  if (options.config !== undefined) {
    const file = join(mkdtempSync(join(tmpdir(), "kf-config-")), "keyferry.yaml");
    writeFileSync(file, options.config);
    words.push("--config", file);
  }
  const child = spawn(process.execPath, [testMain, ...words], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
  });
  let text = "";
  const ended = new Promise<number | string>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "?"));
  });
  const health = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      const match = /"message":"ready"[^\n]*"address":"([^"]+)"/.exec(text);
      if (match?.[1] !== undefined) resolve(`http://${match[1]}`);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void ended.then((code) => reject(new Error(`exit ${code}: ${text}`)));
  });
  return {
    folder,
    process: child,
    output: () => text,
    health,
    socket: (name) => join(folder, `${name}.sock`),
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}
