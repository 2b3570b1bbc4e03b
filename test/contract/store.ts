import { describe, expect, test } from "@jest/globals";
import { MountError } from "../../src/model/error.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import type { Pod, Tokens } from "../../src/model/pod.ts";
import type { ObjectRead } from "../../src/model/read.ts";
import { sessionFor, type Connected } from "../fakes/connected.ts";
import { objectOf, paramsOf } from "./parse.ts";

/** What a store's tests provide, so that the contract can be tried on it. */
export interface Subject extends Connected {
  /** Own fields of a `stores` entry that reaches the fake, and for each of them others in which it differs. */
  readonly params: string;
  readonly otherParams: readonly { readonly field: string; readonly params: string }[];
  readonly tokens: Tokens;
  /** Parameters that carry documents. */
  readonly documents?: ReadonlyMap<string, string>;
  /** Objects that are there, with their bytes, and one that is not; undefined where none can be. Fields, as YAML. */
  readonly present: readonly { readonly object: string; readonly bytes: Uint8Array }[];
  readonly absent: string | undefined;
  /** An object that the fake refuses, with the reason that this becomes. */
  readonly refused: { readonly object: string; readonly reason: string };
  /** A text that stands in the fake's objects, tokens and answers, and may be in no error. */
  readonly secrets: readonly string[];
  /** Faults of stores with a network. */
  readonly faults?: Faults;
  close(): Promise<void>;
}

/** Switches of a fake server; each holds until the next. */
export interface Faults {
  hang(): void;
  status(code: number, retryAfter?: number): void;
  garbage(): void;
  huge(): void;
  cut(): void;
  clear(): void;
  /** Requests under way at the fake. */
  underWay(): number;
}

const pod: Pod = { name: "web-0", namespace: "shop", uid: "uid-1", serviceAccount: "web" };

function readsOf({ store, params, documents }: Subject, objects: readonly string[]): readonly ObjectRead[] {
  const parsed = paramsOf(store, params);
  return objects.map((fields) => objectOf(store, fields, parsed, documents));
}

/** The outcomes of objects, or what the fetch threw. */
function fetchAll(subject: Subject, objects: readonly string[], signal = new AbortController().signal) {
  const { store, connection, params, tokens } = subject;
  const session = sessionFor(store, paramsOf(store, params), pod, tokens);
  const refs = readsOf(subject, objects).map(({ ref }) => ref);
  return connection.fetch(refs, session, signal).catch((error: unknown) => error);
}

/** What every store must do; run over every entry of the list of stores. */
export function storeContract(kind: string, start: () => Promise<Subject>): void {
  const within = async (work: (subject: Subject) => void | Promise<void>) => {
    const subject = await start();
    try {
      await work(subject);
    } finally {
      await subject.close();
    }
  };

  describe(`store ${kind}: identity`, () => {
    test("its kind is a plain word", () =>
      within(({ store }) => {
        expect([store.kind, /^[a-z][a-z0-9-]*$/.test(kind)]).toEqual([kind, true]);
      }));

    test("a session key changes with every parameter, the namespace and the service account, and nothing else", () =>
      within(({ store, params, otherParams }) => {
        const keyOf = (fields: string, of: Pod = pod) => sessionFor(store, paramsOf(store, fields), of).key;
        const key = keyOf(params);
        const others = [
          ...otherParams.map((other) => keyOf(other.params)),
          keyOf(params, { ...pod, namespace: "other" }),
          keyOf(params, { ...pod, serviceAccount: "other" }),
        ];
        expect(new Set([key, ...others]).size).toBe(others.length + 1);
        expect(keyOf(params, { ...pod, name: "web-1", uid: "uid-2" })).toBe(key);
      }));

    test("objects that differ have keys that differ", () =>
      within((subject) => {
        const { present, absent, refused } = subject;
        const all = [...present.map(({ object }) => object), refused.object, ...(absent === undefined ? [] : [absent])];
        expect(new Set(readsOf(subject, all).map(({ key }) => key)).size).toBe(all.length);
      }));
  });

  describe(`store ${kind}: answers`, () => {
    test("one outcome for each ref, in order, byte for byte, with a version that stays", () =>
      within(async (subject) => {
        const refs = subject.present.map(({ object }) => object);
        const first = (await fetchAll(subject, refs)) as readonly Outcome[];
        const again = (await fetchAll(subject, refs.toReversed())) as readonly Outcome[];
        expect(first.map(bytesOf)).toEqual(subject.present.map(({ bytes }) => Buffer.from(bytes).toString("hex")));
        expect(again.toReversed().map(versionOf)).toEqual(first.map(versionOf));
        expect(first.map(versionOf)).not.toContain("");
      }));

    test("what is not there is missing, and the rest is found all the same", () =>
      within(async (subject) => {
        const [one] = subject.present;
        const refs = [...(subject.absent === undefined ? [] : [subject.absent]), one?.object ?? ""];
        const outcomes = (await fetchAll(subject, refs)) as readonly Outcome[];
        expect(outcomes.map((outcome) => outcome.kind)).toEqual([
          ...(subject.absent === undefined ? [] : ["missing"]),
          "found",
        ]);
      }));

    test("a refusal is a MountError of its reason that shows no secret", () =>
      within(async (subject) => {
        const answer = await fetchAll(subject, [subject.refused.object]);
        const error = errorOf(answer);
        expect(error).toMatchObject({ reason: subject.refused.reason });
        expect(subject.secrets.filter((secret) => error?.text.includes(secret))).toEqual([]);
      }));

    test("two at once do not disturb each other", () =>
      within(async (subject) => {
        const refs = subject.present.map(({ object }) => object);
        const [one, other] = await Promise.all([fetchAll(subject, refs), fetchAll(subject, refs)]);
        expect((one as readonly Outcome[]).map(bytesOf)).toEqual((other as readonly Outcome[]).map(bytesOf));
      }));

    test("a signal that has aborted ends it", () =>
      within(async (subject) => {
        const reason = new MountError("cancelled", "gone");
        const answer = await fetchAll(subject, [subject.present[0]?.object ?? ""], AbortSignal.abort(reason));
        expect(errorOf(answer)?.reason).toBe("cancelled");
      }));
  });
}

/** What a store with a network must do besides. */
export function networkContract(kind: string, start: () => Promise<Subject & { readonly faults: Faults }>): void {
  const failing = async (fault: (faults: Faults) => void): Promise<MountError | undefined> => {
    const subject = await start();
    try {
      fault(subject.faults);
      const answer = await fetchAll(subject, [subject.present[0]?.object ?? ""]);
      const error = errorOf(answer);
      expect(subject.secrets.filter((secret) => error?.text.includes(secret))).toEqual([]);
      return error;
    } finally {
      await subject.close();
    }
  };

  describe(`store ${kind}: faults`, () => {
    test.each([500, 502, 503])("status %d is an outage", async (status) => {
      expect(await failing((faults) => faults.status(status))).toMatchObject({ transient: true });
    });

    test("429 with Retry-After asks for time", async () => {
      const error = await failing((faults) => faults.status(429, 7));
      expect(error).toMatchObject({ reason: "store_throttled", context: { retryAfter: 7000 } });
    });

    test.each(["garbage", "huge", "cut"] as const)(
      "a body that is %s is an error, never an empty value",
      async (fault) => {
        expect(await failing((faults) => faults[fault]())).toBeInstanceOf(MountError);
      },
    );

    test("a hung server is left when the signal aborts, and its connection closed", async () => {
      const subject = await start();
      subject.faults.hang();
      const { faults } = subject;
      const stop = new AbortController();
      const answer = fetchAll(subject, [subject.present[0]?.object ?? ""], stop.signal);
      for (let tries = 0; tries < 500 && faults.underWay() === 0; tries += 1) await pause();
      stop.abort(new MountError("cancelled", "gone"));
      expect(errorOf(await answer)?.reason).toBe("cancelled");
      for (let tries = 0; tries < 500 && faults.underWay() > 0; tries += 1) await pause();
      expect(faults.underWay()).toBe(0);
      await subject.close();
    });
  });
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 10);
  });
}

function bytesOf(outcome: Outcome): string {
  return outcome.kind === "found" ? Buffer.from(outcome.value.reveal()).toString("hex") : outcome.kind;
}

function versionOf(outcome: Outcome): string {
  return outcome.kind === "found" ? outcome.version : "";
}

/** The error of a rejected fetch, or of its first outcome that failed. */
function errorOf(answer: unknown): MountError | undefined {
  if (answer instanceof MountError) return answer;
  const failed = Array.isArray(answer)
    ? (answer as readonly Outcome[]).find(({ kind }) => kind === "failed")
    : undefined;
  return failed?.kind === "failed" ? failed.error : undefined;
}
