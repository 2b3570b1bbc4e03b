import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Started {
  readonly pid: number;
  /** Everything it wrote. */
  output(): string;
  /** The exit code or signal that ended it; undefined while it runs. */
  ended(): number | string | undefined;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, after 10 s SIGKILL; resolves once it has ended. */
  stop(): Promise<void>;
}

export interface StartSettings {
  readonly program: string;
  readonly arguments: readonly string[];
  /** All of its variables; those of this process if left out. */
  readonly env?: Readonly<Record<string, string>>;
  readonly folder: string;
  /** File for what it writes. */
  readonly log: string;
}

const grace = 10_000;

/** Starts a program. */
export function start(settings: StartSettings): Started {
  mkdirSync(settings.folder, { recursive: true });
  mkdirSync(dirname(settings.log), { recursive: true });
  const file = openSync(settings.log, "w");
  const child = spawn(settings.program, settings.arguments, {
    cwd: settings.folder,
    env: settings.env ?? process.env,
    stdio: ["ignore", file, file],
  });
  closeSync(file);
  let ended: number | string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => resolve(void (ended = error.message)));
    child.once("exit", (code, signal) => resolve(void (ended = code ?? signal ?? "?")));
  });
  return {
    pid: child.pid ?? 0,
    output: () => readFileSync(settings.log, "utf8"),
    ended: () => ended,
    signal: (name) => void child.kill(name),
    stop: () => stopChild(child, gone),
  };
}

async function stopChild(child: ChildProcess, gone: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  const ends = await Promise.race([gone.then(() => true), sleep(grace, false, { ref: false })]);
  if (!ends) child.kill("SIGKILL");
  await gone;
}
