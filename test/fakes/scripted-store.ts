import { MountError } from "../../src/model/error.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import type { Clock } from "../../src/model/clock.ts";
import { Secret } from "../../src/model/secret.ts";
import { sessionKey, type Session } from "../../src/model/session.ts";
import type { Handling, Store } from "../../src/model/store.ts";

/** What a scripted store does when asked for a name. */
export type Script = (name: string, session: Session<unknown>, signal: AbortSignal) => Outcome | Promise<Outcome>;

/** A store without network whose every answer the test decides; it counts what it was asked. */
export class ScriptedStore implements Store<{ address: string }, string> {
  readonly kind = "scripted";
  readonly calls: (readonly string[])[] = [];
  readonly asked: string[] = [];
  readonly batchSize: number;
  script: Script;
  underWay = 0;
  mostUnderWay = 0;
  treat: Handling | undefined;

  constructor(script: Script, batchSize = 1) {
    this.script = script;
    this.batchSize = batchSize;
  }

  params(): { address: string } {
    return { address: "store.test" };
  }

  ref(): string {
    return "";
  }

  addresses(params: { address: string }): readonly string[] {
    return [params.address];
  }

  sessionKey(params: { address: string }, pod: Parameters<Store["sessionKey"]>[1]) {
    return sessionKey(this.kind, params, pod);
  }

  refKey(ref: string): string {
    return ref;
  }

  handling(): Handling {
    return this.treat ?? { share: "kept", repeatable: true };
  }

  audience(): undefined {
    return undefined;
  }

  async fetch(refs: readonly string[], session: Session<unknown>, signal: AbortSignal): Promise<readonly Outcome[]> {
    this.calls.push(refs);
    this.asked.push(...refs);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      return await Promise.all(refs.map(async (ref) => this.script(ref, session, signal)));
    } finally {
      this.underWay -= 1;
    }
  }
}

/** The store has it. */
export function found(text: string, version = "1"): Outcome {
  return { kind: "found", value: Secret.fromText(text), version };
}

/** The store fails for a while. */
export function unavailable(retryAfter?: number): Outcome {
  return {
    kind: "failed",
    error: new MountError("store_unavailable", "503", retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** The store asks for fewer calls. */
export function throttled(retryAfter?: number): Outcome {
  return {
    kind: "failed",
    error: new MountError("store_throttled", "429", retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** Answers after so many milliseconds of the clock. */
export function after(clock: Clock, milliseconds: number, outcome: Outcome): Script {
  return async (_name, _session, signal) => {
    await clock.sleep(milliseconds, signal);
    return outcome;
  };
}

/** Never answers until it is aborted. */
export const hang: Script = (_name, _session, signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => {
      reject(signal.reason as Error);
    });
  });
