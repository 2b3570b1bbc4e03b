import type { Clock } from "../model/clock.ts";
import type { Compute, Job, Turn } from "../model/compute.ts";
import { MountError } from "../model/error.ts";
import type { Reply, Request } from "./message.ts";
import { Turns } from "./turns.ts";

/** What one job may take. */
export interface LaneLimits {
  /** Of the processor, in ms. */
  readonly cpu: number;
  /** Of time as it passes, in ms: for work that waits, and where nobody can tell the processor's. */
  readonly wall: number;
  /** Of resident memory, the runtime's own included. */
  readonly bytes: number;
  /** A child that has had no work for so long, in ms, is ended. */
  readonly idle: number;
}

/** Two seconds of the processor, and a third of the memory that the chart gives the daemon. */
export const laneLimits: LaneLimits = { cpu: 2000, wall: 30_000, bytes: 160 << 20, idle: 30_000 };

/** A child process. */
export interface Child {
  /** Resolves to the answer; rejects when the child ends instead. One request at a time. */
  ask(request: Request): Promise<Reply>;
  /** What it took so far: ms of the processor, resident bytes. Undefined where nobody can tell. */
  usage(): { readonly cpu: number; readonly bytes: number } | undefined;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

/** What a lane is made with. */
export interface LaneDeps {
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  readonly limits: LaneLimits;
  /** Resolves when the child can be asked. Rejects with MountError. */
  start(): Promise<Child>;
  /** Called after each job with what became of it. */
  ended(job: string, outcome: "done" | "refused" | "failed" | "exceeded" | "cancelled"): void;
}

interface Work {
  readonly job: Job<unknown, unknown>;
  readonly input: unknown;
  readonly turn: Turn;
  readonly settle: (result: Promise<unknown>) => void;
}

/** For whom a child is asked, and the time of the processor that it may take; undefined for the lane's own limit. */
interface Asking {
  readonly job: Job<unknown, unknown>;
  readonly turn: Turn;
  readonly cpu: number | undefined;
}

/** Pause between two looks at what the child takes, in ms. */
const look = 25;

/**
 * One child process for the node: started when it is first needed, ended when it has been idle, or when a job takes more
 * than it may. Jobs run one after the other, by turns of their tenants.
 */
export class Lane implements Compute {
  readonly #deps: LaneDeps;
  readonly #turns = new Turns<Work>();
  #child: Child | undefined;
  /** Jobs whose code the child has. */
  readonly #loaded = new Set<string>();
  #working = false;
  /** Aborted when there is work again, and when the lane is closed. */
  #rest = new AbortController();

  constructor(deps: LaneDeps) {
    this.#deps = deps;
  }

  run<Input, Output>(job: Job<Input, Output>, input: Input, turn: Turn): Promise<Output> {
    const { tenant, signal } = turn;
    return new Promise<unknown>((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const cancel = () => {
        this.#turns.remove(tenant, work);
        reject(signal.reason as Error);
      };
      const settle = (result: Promise<unknown>) => {
        signal.removeEventListener("abort", cancel);
        resolve(result);
      };
      const work: Work = { job: job as Job<unknown, unknown>, input, turn, settle };
      signal.addEventListener("abort", cancel, { once: true });
      this.#turns.add(tenant, work);
      void this.#work();
      // The child gives what the job's type says.
    }) as Promise<Output>;
  }

  /** Ends the child. Work that comes later starts another. */
  close(): void {
    this.#rest.abort();
    this.#end();
  }

  #end(): void {
    this.#child?.kill();
    this.#child = undefined;
    this.#loaded.clear();
  }

  /** Does what waits, until nothing does. */
  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    this.#rest.abort();
    for (let work = this.#turns.next(); work !== undefined; work = this.#turns.next()) {
      const result = this.#perform(work);
      work.settle(result);
      await result.catch(() => undefined);
    }
    this.#working = false;
    this.#rest = new AbortController();
    await this.#deps.clock.sleep(this.#deps.limits.idle, this.#rest.signal).then(
      () => this.#end(),
      () => undefined,
    );
  }

  async #perform({ job, input, turn }: Work): Promise<unknown> {
    turn.signal.throwIfAborted();
    const child = await this.#ready();
    turn.signal.throwIfAborted();
    const before = child.usage()?.cpu ?? 0;
    const began = this.#deps.clock.monotonic();
    try {
      await this.#load(job, turn, child);
      const reply = await this.#reply({ kind: "run", name: job.name, input }, { job, turn, cpu: job.cpu }, child);
      return this.#read(job, reply);
    } finally {
      const cpu = child.usage()?.cpu;
      this.#turns.took(turn.tenant, cpu === undefined ? this.#deps.clock.monotonic() - began : cpu - before);
    }
  }

  /** Where a job has little time, its code is loaded before that counts. */
  async #load(job: Job<unknown, unknown>, turn: Turn, child: Child): Promise<void> {
    if (job.cpu === undefined || this.#loaded.has(job.name)) return;
    const reply = await this.#reply({ kind: "load", name: job.name }, { job, turn, cpu: undefined }, child);
    if (reply.kind === "done") this.#loaded.add(job.name);
  }

  async #reply(request: Request, asking: Asking, child: Child): Promise<Reply> {
    const stop = new AbortController();
    try {
      return await Promise.race([child.ask(request), this.#watch(asking, child, stop.signal)]);
    } catch (thrown) {
      if (child !== this.#child) throw thrown;
      this.#end();
      if (thrown instanceof MountError) throw thrown;
      throw this.#exceeded(asking.job, "its process ended, as it does when memory runs out");
    } finally {
      stop.abort();
    }
  }

  /** A child that has memory left: what one job leaves behind is not the next one's fault. */
  async #ready(): Promise<Child> {
    if ((this.#child?.usage()?.bytes ?? 0) > this.#deps.limits.bytes / 2) this.#end();
    return (this.#child ??= await this.#deps.start());
  }

  #read(job: Job<unknown, unknown>, reply: Reply): unknown {
    this.#deps.ended(job.name, reply.kind);
    switch (reply.kind) {
      case "done":
        return reply.output;
      case "refused":
        throw new MountError(reply.reason, reply.message);
      case "failed":
        throw new MountError("internal", `unexpected ${reply.name} while ${job.label}`);
    }
  }

  #exceeded(job: Job<unknown, unknown>, problem: string): MountError {
    this.#deps.ended(job.name, "exceeded");
    return new MountError("budget_exceeded", `${job.label} was stopped: ${problem}`);
  }

  /** Rejects when the job must end, and ends the child then: nothing else stops it. */
  async #watch({ job, turn, cpu: own }: Asking, child: Child, stop: AbortSignal): Promise<never> {
    const { clock, limits } = this.#deps;
    const most = Math.min(own ?? limits.cpu, limits.cpu);
    const before = child.usage()?.cpu ?? 0;
    const began = clock.monotonic();
    const either = AbortSignal.any([turn.signal, stop]);
    for (;;) {
      const stopped = await clock.sleep(look, either).then(
        () => false,
        () => true,
      );
      if (stop.aborted) return new Promise(() => undefined);
      if (stopped) {
        this.#end();
        this.#deps.ended(job.name, "cancelled");
        throw turn.signal.reason as Error;
      }
      const { cpu, bytes } = child.usage() ?? { cpu: 0, bytes: 0 };
      if (cpu - before > most || clock.monotonic() - began > limits.wall) {
        this.#end();
        throw this.#exceeded(job, `it takes more than ${most / 1000} s of computing`);
      }
      if (bytes > limits.bytes) {
        this.#end();
        throw this.#exceeded(job, "it takes more memory than one object may");
      }
    }
  }
}
