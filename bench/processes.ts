import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Started {
  readonly process: ChildProcess;
  readonly socket: string;
  /** Milliseconds from spawn to ready. */
  readonly took: number;
}

/** Starts a script and waits until it says `ready`. */
export async function start(words: readonly string[], socket: string): Promise<Started> {
  const began = performance.now();
  const child = spawn(process.execPath, [...words], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("ready")) resolve();
    });
    child.once("exit", (code) => reject(new Error(`${words.join(" ")} ended with ${code}`)));
  });
  return { process: child, socket, took: performance.now() - began };
}

/** The daemon, `main` being the bundle to run, with the demo's key granted to the namespace `shop`. */
export function startDaemon(main: string): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "kf-bench-"));
  const config = join(folder, "keyferry.yaml");
  const key = join(import.meta.dirname, "..", "examples", "demo", "demo.agekey");
  writeFileSync(config, `keys: [{ name: demo, kind: age, file: ${JSON.stringify(key)}, namespaces: [shop] }]\n`);
  const words = ["serve", "--providers-dir", folder, "--config", config, "--health-address", "127.0.0.1:0"];
  return start([main, ...words], join(folder, "keyferry.sock"));
}

/** The bare server, answering with a file of so many bytes. */
export function startBare(size: number): Promise<Started> {
  const socket = join(mkdtempSync(join(tmpdir(), "kf-bench-")), "bare.sock");
  return start([join(import.meta.dirname, "bare-server.ts"), socket, String(size)], socket);
}

/** Resident memory of a process: all of it, and the part that no file backs, in MiB. Linux only. */
export function memoryOf({ pid }: ChildProcess): { readonly resident: number; readonly anonymous: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) / 1024;
  return { resident: read("VmRSS"), anonymous: read("RssAnon") };
}
