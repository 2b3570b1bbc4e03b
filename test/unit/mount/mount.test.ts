import { describe, expect, test } from "@jest/globals";
import type { ObjectPath } from "../../../src/model/file.ts";
import { defaultFileMode } from "../../../src/model/file.ts";
import type { Found, Outcome } from "../../../src/model/outcome.ts";
import {
  onlyCandidate,
  planStore,
  type FallbackCause,
  type MountPlan,
  type PlannedFile,
  type Read,
} from "../../../src/model/plan.ts";
import { readOf } from "../../../src/model/read.ts";
import { Secret } from "../../../src/model/secret.ts";
import { MountError } from "../../../src/model/error.ts";
import { createMemoryStore } from "../../fakes/memory-store.ts";
import { createLayer } from "../../fakes/layer.ts";
import { textsOf } from "../../fakes/mounting.ts";
import { mountPlan } from "../../fakes/plan-mount.ts";
import { found, ScriptedStore, unavailable } from "../../fakes/scripted-store.ts";
import { VirtualClock } from "../../fakes/virtual-clock.ts";

const path = (text: string) => text as ObjectPath;

function fileOf(name: string, text: string) {
  return { path: path(name), mode: defaultFileMode, content: Secret.fromText(text) };
}

/** A file that is what its reads gave, with dashes between. */
function joined(index: number, name: string, reads: readonly Read[]): PlannedFile {
  return {
    index,
    name,
    reads,
    paths: [path(name)],
    render: (answers) => ({
      files: [fileOf(name, answers.map((answer) => answer?.found.value.revealText() ?? "nothing").join("-"))],
      versions: [{ id: name, version: answers.map((answer) => answer?.found.version ?? "0").join("-") }],
    }),
  };
}

const planOf = (reads: readonly Read[], files: readonly PlannedFile[]): MountPlan => ({
  reads,
  files,
  listings: [],
  samePath: "refused",
});

describe("a plan", () => {
  const store = new ScriptedStore((name) => found(`value of ${name}`));
  const planned = planStore("s", store, { address: "a" });
  const readAt = (index: number, name: string): Read => ({
    index,
    name,
    candidates: [onlyCandidate(planned, store.read(name))],
    whenMissing: "fail",
  });

  test("may make one file of two reads, and two files of one read", async () => {
    const [a, b] = [readAt(0, "a"), readAt(1, "b")];
    const answer = await mountPlan(planOf([a, b], [joined(0, "ab", [a, b]), joined(1, "a", [a])]), store);
    expect(textsOf(answer)).toEqual({ ab: "value of a-value of b", a: "value of a" });
    expect(store.asked).toEqual(["a", "b"]);
  });

  test("may make files of the named parts of one read", async () => {
    const parts = ({ value, version }: Found) =>
      value
        .revealText()
        .split(" ")
        .map((text) => ({ name: text, found: { kind: "found", value: Secret.fromText(text), version } as const }));
    const object = readOf("a b c", "abc", { named: true, parts });
    const read: Read = { index: 0, name: "all", candidates: [onlyCandidate(planned, object)], whenMissing: "fail" };
    const file: PlannedFile = {
      index: 0,
      name: "all",
      reads: [read],
      paths: undefined,
      render: ([answer]) => {
        const given = answer === undefined ? [] : answer.candidate.read.parts(answer.found);
        return {
          files: given.map((part) => fileOf(`all/${part.name}`, part.found.value.revealText())),
          versions: given.map((part) => ({ id: `all/${part.name}`, version: part.found.version })),
        };
      },
    };
    const answer = await mountPlan(planOf([read], [file]), store);
    expect(Object.keys(textsOf(answer))).toEqual(["all/value", "all/of", "all/a", "all/b", "all/c"]);
  });
});

describe("candidates", () => {
  const missing: Outcome = { kind: "missing", problem: "it is not there" };
  const denied: Outcome = { kind: "failed", error: new MountError("access_denied", "403") };
  const outcomes: Readonly<Record<string, Outcome>> = { gone: missing, down: unavailable(), denied, here: found("x") };

  async function run(
    names: readonly string[],
    on: readonly FallbackCause[],
    whenMissing: Read["whenMissing"] = "fail",
  ) {
    const store = new ScriptedStore((name) => outcomes[name] ?? missing);
    store.treat = { repeatable: false };
    const planned = planStore("s", store, { address: "a" });
    const [first, ...rest] = names.map((name) => ({ ...onlyCandidate(planned, store.read(name)), on }));
    if (first === undefined) throw new Error("no candidate");
    const read: Read = { index: 0, name: "f", candidates: [first, ...rest], whenMissing };
    const answer = await mountPlan(planOf([read], [joined(0, "f", [read])]), store).catch((error: unknown) => error);
    return { asked: store.asked, answer: answer instanceof MountError ? answer.reason : textsOf(answer as never)["f"] };
  }

  test.each([
    { names: ["here", "gone"], on: ["missing"], asked: ["here"], answer: "x" },
    { names: ["gone", "here"], on: ["missing"], asked: ["gone", "here"], answer: "x" },
    { names: ["gone", "gone", "here"], on: ["missing"], asked: ["gone", "gone", "here"], answer: "x" },
    { names: ["down", "here"], on: ["missing"], asked: ["down"], answer: "store_unavailable" },
    { names: ["down", "here"], on: ["unavailable"], asked: ["down", "here"], answer: "x" },
    { names: ["denied", "here"], on: ["missing", "unavailable"], asked: ["denied"], answer: "access_denied" },
    { names: ["denied", "here"], on: ["denied"], asked: ["denied", "here"], answer: "x" },
    { names: ["gone", "down"], on: ["missing"], asked: ["gone", "down"], answer: "store_unavailable" },
    { names: ["gone"], on: [], asked: ["gone"], answer: "object_not_found" },
  ] as const)("$names, each tried on $on, give $answer", async ({ names, on, asked, answer }) => {
    const result = await run(names, on);
    expect(result.answer).toBe(answer);
    expect(result.asked).toEqual(asked);
  });

  test("a missing object that may be missing leaves the file to say what then", async () => {
    expect((await run(["gone"], [], "omit")).answer).toBe("nothing");
    expect((await run(["down"], [], "omit")).answer).toBe("store_unavailable");
  });
});

describe("a listing", () => {
  const memory = createMemoryStore();
  const planned = planStore("m", memory, { address: undefined });
  const plan = (prefix: string): MountPlan => ({
    reads: [],
    files: [],
    samePath: "refused",
    listings: [
      {
        index: 0,
        name: "all",
        store: planned,
        criteria: { prefix, path: "", tags: new Map() },
        expand: (listing) => {
          const reads = listing.map(({ name, read }): Read => ({
            index: 0,
            name,
            candidates: [onlyCandidate(planned, read)],
            whenMissing: "fail",
          }));
          return Promise.resolve({ reads, files: reads.map((read) => joined(0, read.name, [read])) });
        },
      },
    ],
  });

  test("becomes reads and files of what the store has", async () => {
    const answer = await mountPlan(plan("d"), memory.connect({}));
    expect(textsOf(answer)).toEqual({ db: "s3cret" });
  });

  test("of nothing leaves no volume empty", async () => {
    const error: unknown = await mountPlan(plan("zzz"), memory.connect({})).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "object_not_found", message: expect.stringContaining("never empty") });
  });
});

test("what a Mount read counts as in memory until its caller has read the answer", async () => {
  const clock = new VirtualClock();
  const layer = createLayer(clock);
  const store = new ScriptedStore(() => found("x".repeat(50_000)));
  const planned = planStore("s", store, { address: "a" });
  const read: Read = {
    index: 0,
    name: "a",
    candidates: [onlyCandidate(planned, store.read("a"))],
    whenMissing: "fail",
  };
  const { promise: sent, resolve } = Promise.withResolvers<undefined>();
  await mountPlan(planOf([read], [joined(0, "a", [read])]), store, { clock, layer, sent });
  await clock.advance(1000);
  expect(layer.size.reserved).toBeGreaterThanOrEqual(50_000);
  resolve(undefined);
  await clock.advance(1);
  expect(layer.size.reserved).toBe(0);
});
