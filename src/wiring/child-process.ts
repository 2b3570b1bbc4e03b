import { fork, type ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Child } from "../compute/lane.ts";
import type { Reply, Request } from "../compute/message.ts";
import { MountError } from "../model/error.ts";

declare const __KEYFERRY_CHILD__: string | undefined;

/** The entry of the child, from this module: the build puts it beside the chunks. */
const builtEntry = typeof __KEYFERRY_CHILD__ === "string" ? __KEYFERRY_CHILD__ : "../child.ts";

/** The runtime's own limit of its heap, in MiB; with its code and stacks it stays below the lane's limit. */
const maxHeap = 96;

/** Ticks of the processor that Linux counts in a second, as far as processes can see. */
const ticks = 100;

/**
 * Starts the child that does heavy work: the same Node.js with its own entry. It has no environment, and talks over the
 * pipe that it was started with only; nothing of a job is in its arguments. Rejects with MountError `internal`.
 */
export async function startChild(entry: string = fileURLToPath(new URL(builtEntry, import.meta.url))): Promise<Child> {
  const child = fork(entry, [], {
    env: {},
    execArgv: [`--max-old-space-size=${maxHeap}`, "--disable-warning=ExperimentalWarning"],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const { pid } = child;
  child.on("error", () => undefined);
  if (pid !== undefined) preferToEnd(pid);
  await firstWord(child).catch((cause: unknown) => {
    throw new MountError("internal", "the process for heavy work cannot be started", { cause });
  });
  // The process ends when its own work does, whether or not a child waits for more.
  hold(child, false);
  return {
    ask: (request) => ask(child, request),
    usage: () => (pid === undefined ? undefined : usageOf(pid)),
    kill: () => void child.kill("SIGKILL"),
  };
}

function hold(child: ChildProcess, held: boolean): void {
  if (held) {
    child.ref();
    child.channel?.ref();
  } else {
    child.unref();
    child.channel?.unref();
  }
}

/** Resolves with the next message; rejects when the child ends, or cannot be reached. */
function firstWord(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      child.off("message", said);
      child.off("exit", ended);
      child.off("error", failed);
      then();
    };
    const said = (message: unknown) => settle(() => resolve(message));
    const ended = () => settle(() => reject(new Error("the child ended")));
    const failed = (error: Error) => settle(() => reject(error));
    child.on("message", said);
    child.on("exit", ended);
    child.on("error", failed);
    if (child.exitCode !== null || child.signalCode !== null) ended();
  });
}

async function ask(child: ChildProcess, request: Request): Promise<Reply> {
  hold(child, true);
  try {
    const reply = firstWord(child);
    if (child.connected) child.send(request, () => undefined);
    // The child is our own code, and sends nothing else.
    return (await reply) as Reply;
  } finally {
    hold(child, false);
  }
}

/** Memory that runs out is the child's fault sooner than the daemon's. */
function preferToEnd(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // Not on Linux, or not allowed: then it is as likely as any other.
  }
}

function usageOf(pid: number): { cpu: number; bytes: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // Behind the name in parentheses; times are fields 14 and 15 of the whole.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const cpu = ((Number(fields[11]) + Number(fields[12])) * 1000) / ticks;
    const resident = /^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return { cpu, bytes: Number(resident ?? 0) * 1024 };
  } catch {
    return undefined;
  }
}
