import { MountError } from "../../src/model/error.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import type { Clock } from "../../src/model/clock.ts";
import { Secret } from "../../src/model/secret.ts";
import type { FetchSource } from "../../src/fetch/order.ts";
import { noListing, readOf, type ObjectRead } from "../../src/model/read.ts";
import type { Session } from "../../src/model/session.ts";
import { standardRetries, type StoreConnection, type StoreDescription, type StoreKind } from "../../src/model/store.ts";

/** What a scripted store does when asked for a name. */
export type Script = (name: string, session: Session<unknown>, signal: AbortSignal) => Outcome | Promise<Outcome>;

/** A store without network whose every answer the test decides; it counts what it was asked. */
export class ScriptedStore implements StoreKind<{ address: string }, string>, StoreConnection<unknown, string> {
  readonly kind = "scripted";
  readonly calls: (readonly string[])[] = [];
  readonly asked: string[] = [];
  readonly batchSize: number;
  readonly language = { params: () => ({ address: "store.test" }), object: () => this.read(""), criteria: [] };
  readonly list = noListing("scripted");
  script: Script;
  underWay = 0;
  maxUnderWay = 0;
  treat: Partial<Pick<ObjectRead<string>, "share" | "repeatable">> = {};

  constructor(script: Script, batchSize = 1) {
    this.script = script;
    this.batchSize = batchSize;
  }

  /** A read of the object of this name, treated as the test says. */
  read(name: string): ObjectRead<string> {
    return readOf(name, name, this.treat);
  }

  describe({ address }: { readonly address: string }): StoreDescription {
    return {
      addresses: [address],
      audience: undefined,
      identity: { address },
      quota: "",
      proof: "service-account",
      chosenBy: "manifest",
      files: [],
      retries: standardRetries,
      sessionPer: "service-account",
      endpoints: [],
    };
  }

  connect(): StoreConnection<unknown, string> {
    return this;
  }

  /** As the fetch layer is handed it. */
  source(address = "store.test"): FetchSource {
    return { kind: this.kind, description: this.describe({ address }), connection: this };
  }

  identify(): Promise<string> {
    return Promise.resolve("");
  }

  tend(): void {
    // It keeps nothing.
  }

  async fetch(refs: readonly string[], session: Session<unknown>, signal: AbortSignal): Promise<readonly Outcome[]> {
    this.calls.push(refs);
    this.asked.push(...refs);
    this.underWay += 1;
    this.maxUnderWay = Math.max(this.maxUnderWay, this.underWay);
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
