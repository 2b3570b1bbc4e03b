import { describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import { parseForeignMode, pathProblem } from "../../../../src/model/file.ts";
import { attributesOf, readRecorded, type RecordedAnswer, type RecordedCase } from "../../../fakes/aws-recorded.ts";
import { createAwsWorld } from "../../../fakes/aws-world.ts";
import { coreMount, plainSettings } from "./core.ts";

const recorded = readRecorded();

/** What is wrong with a request as a whole is found before this store sees it. */
const ofTheRequest = /^(?:request|tokens)\/|request-permission-refused|^daemon\/fips-nonsense$/u;

/** An answer without a value or a version is no answer here, and never an empty file. */
const incomplete: readonly string[] = [
  "parameter-store/answer-without-value",
  "parameter-store/answer-without-version",
];

/** What a case says that is right, too, where this store does better. */
const mayRefuse = "a missing answer may be refused";
const maySucceed =
  /may succeed|then this succeeds|succeeds here|attempts may differ|fetched instead of read back|any answer but death/u;

/** Two parameters of one name each get their own answer; the official provider gives all to the last. */
const ownAnswers: Readonly<Record<string, readonly (readonly [path: string, text: string, version: string])[]>> = {
  "parameter-store/same-name-two-versions-two-aliases": [
    ["a1", "one", "1"],
    ["a2", "two", "2"],
  ],
  "parameter-store/same-name-two-aliases": [
    ["a1", "three", "3"],
    ["a2", "three", "3"],
  ],
  "parameter-store/same-name-with-jmespath-on-one": [
    ["a1", '{"username":"su","n":5}', "1"],
    ["a2", '{"username":"su","n":5}', "1"],
    ["su", "su", "1"],
  ],
};

async function run(one: RecordedCase) {
  const world = createAwsWorld(recorded.fixture, () => 1_800_000_000_000);
  world.script = one.script ?? [];
  world.refuse = one.refuse ?? [];
  const attributes = JSON.parse(attributesOf(recorded, one)) as Record<string, string>;
  const settings = { ...plainSettings, region: one.env?.["AWS_REGION"] ?? "" };
  const mode = parseForeignMode(Number(one.permission ?? "420") & 0o777);
  return coreMount(attributes, world, recorded.fixture.kubernetes, settings, mode).catch((thrown: unknown) =>
    MountError.from(thrown),
  );
}

interface Shown {
  readonly files: readonly unknown[];
  readonly versions: readonly unknown[];
}

/** Files by path, of one path the last; records by id. */
function shownOf({ files = [], object_version: versions = [], disk }: RecordedAnswer): Shown {
  const last = new Map((disk ?? files).map(({ path, mode, b64 }) => [path, [path, mode & 0o777, b64]] as const));
  return { files: [...last.values()].sort(), versions: versions.map(({ id, version }) => [id, version]).sort() };
}

function shown(answer: Exclude<Awaited<ReturnType<typeof run>>, MountError>): Shown {
  const files = answer.files.map(({ path, mode, content }) => [
    path,
    mode,
    Buffer.from(content.reveal()).toString("base64"),
  ]);
  return { files: files.sort(), versions: answer.versions.map(({ id, version }) => [id, version]).sort() };
}

function refusalOf(answer: Awaited<ReturnType<typeof run>>): MountError {
  if (answer instanceof MountError) return answer;
  throw new Error(`it is accepted: ${answer.files.map(({ path }) => path).join(", ")}`);
}

function acceptedOf(answer: Awaited<ReturnType<typeof run>>): Shown {
  if (answer instanceof MountError) throw new Error(`it is refused: ${answer.text}`, { cause: answer.context.cause });
  return shown(answer);
}

/** What the driver would refuse of an answer: a path, or that there is none. */
function driverRefuses({ files = [], disk }: RecordedAnswer): boolean {
  return (disk ?? files).length === 0 || files.some(({ path }) => pathProblem(path) !== undefined);
}

const cases = recorded.cases.filter(({ id }) => !ofTheRequest.test(id));
const named = (list: readonly RecordedCase[]) => list.map((one) => [one.id, one] as const);
const isGood = ({ expect: { files } }: RecordedCase) => files !== undefined;
const isOpen = ({ lenient = "", current, id }: RecordedCase) =>
  maySucceed.test(lenient) || lenient.includes(mayRefuse) || current !== undefined || incomplete.includes(id);
const good = cases.filter((one) => isGood(one) && !isOpen(one) && ownAnswers[one.id] === undefined);
const failsOver = ({ attributes }: RecordedCase) => (attributes?.["failoverRegion"] ?? "") !== "";
const plain = good.filter((one) => !driverRefuses(one.expect) && !failsOver(one));

describe("gives what the official provider gives", () => {
  test.each(named(plain.filter(({ random_result }) => random_result !== true)))("%s", async (_, one) => {
    const answer = acceptedOf(await run(one));
    const others = (one.alternatives ?? []).map((other) => shownOf(other.expect));
    expect([shownOf(one.expect), ...others]).toContainEqual(answer);
  });

  test.each(named(plain.filter(({ random_result }) => random_result === true)))(
    "%s, whose members are in random order there",
    async (_, one) => {
      expect(acceptedOf(await run(one)).versions).toEqual(shownOf(one.expect).versions);
    },
  );

  test.each(named(good.filter((one) => failsOver(one) && !driverRefuses(one.expect))))(
    "%s, with the version of the region that gave the content",
    async (_, one) => {
      const answer = acceptedOf(await run(one));
      expect(answer.files).toEqual(shownOf(one.expect).files);
    },
  );

  test.each(Object.entries(ownAnswers))("%s: each its own answer", async (id, files) => {
    const one = recorded.cases.find((candidate) => candidate.id === id);
    if (one === undefined) throw new Error("no such case");
    const answer = acceptedOf(await run(one));
    expect(answer.files).toEqual(files.map(([path, text]) => [path, 0o644, Buffer.from(text).toString("base64")]));
    expect(answer.versions).toEqual(files.map(([path, , version]) => [path, version]));
  });
});

describe("refuses what the driver would refuse", () => {
  test.each(named(good.filter((one) => driverRefuses(one.expect))))("%s", async (_, one) => {
    expect(["path_invalid", "no_objects"]).toContain(refusalOf(await run(one)).reason);
  });
});

describe("refuses what the official provider refuses", () => {
  test.each(named(cases.filter((one) => !isGood(one) && !isOpen(one))))("%s", async (_, one) => {
    const { reason, code, text } = refusalOf(await run(one));
    expect(reason).not.toBe("internal");
    expect([2, 3, 5, 7, 9, 13, 16]).toContain(code);
    expect(text).not.toMatch(/canary|hunter|irsa-jwt|pia-jwt/u);
  });
});

describe("does better where it may", () => {
  const open = cases.filter(isOpen);
  const repeated = open.filter(({ current }) => current !== undefined);
  const single = open.filter(({ current }) => current === undefined);

  test.each(named(repeated.filter(isGood)))("%s: read again, not from the volume", async (_, one) => {
    const ids = acceptedOf(await run(one)).versions.map((record) => (record as readonly string[])[0]);
    expect(shownOf(one.expect).versions.map((record) => (record as readonly string[])[0])).toEqual(
      expect.arrayContaining(ids),
    );
  });

  test.each(named(repeated.filter((one) => !isGood(one))))(
    "%s: read again, or refused with its cause",
    async (_, one) => {
      const answer = await run(one);
      expect(answer instanceof MountError ? answer.reason : "").not.toBe("internal");
    },
  );

  test.each(named(single.filter(({ id, lenient = "" }) => lenient.includes(mayRefuse) || incomplete.includes(id))))(
    "%s: refused",
    async (_, one) => {
      expect(refusalOf(await run(one)).reason).toBe("store_protocol");
    },
  );

  test.each(named(single.filter((one) => maySucceed.test(one.lenient ?? "") && isGood(one))))("%s", async (_, one) => {
    const answer = acceptedOf(await run(one));
    expect(answer.files).toEqual(shownOf(one.expect).files);
  });

  test.each(named(single.filter((one) => maySucceed.test(one.lenient ?? "") && !isGood(one))))(
    "%s: may succeed",
    async (_, one) => {
      const answer = await run(one);
      expect(answer instanceof MountError ? answer.reason : "").not.toBe("internal");
    },
  );
});
