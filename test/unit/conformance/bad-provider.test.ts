import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { junitReport, jsonReport, countOutcomes } from "../../../src/conformance/report.ts";
import { caseHelp, type CaseName, type Target } from "../../../src/conformance/target.ts";
import { rules, runRules, type RuleResult } from "../../../src/conformance/run.ts";
import type { PodVolume } from "../../../src/driver/request.ts";
import { Secret } from "../../../src/model/secret.ts";
import { realClock } from "../../../src/wiring/runtime.ts";
import {
  startBareProvider,
  type BareAnswer,
  type BareProvider,
  type ReceivedMount,
} from "../../driver/bare-provider.ts";

let provider: BareProvider | undefined;

afterEach(() => provider?.close());

const token = { token: Secret.fromText("canary-token-text"), expirationTimestamp: "2100-01-01T00:00:00Z" };

function volume(parameter: string): PodVolume {
  return {
    spc: { name: "spc", parameters: new Map([["case", parameter]]) },
    pod: { name: "web-0", namespace: "shop", uid: "0d6f8f6e-0000-4000-8000-000000000001", serviceAccount: "web" },
    tokens: new Map([["vault", token]]),
  };
}

const good: BareAnswer = {
  objectVersion: [{ id: "db", version: "1" }],
  files: [{ path: "db", mode: 420, contents: Buffer.from("s3cret") }],
};

/** What a careful provider answers: by the case that its manifest names. */
function careful({ attributes, secrets }: ReceivedMount): BareAnswer {
  const parsed = parse(attributes);
  const asked = parsed?.["case"];
  if (parsed === undefined || asked === undefined || !isSecrets(secrets)) return { code: 3, details: "malformed" };
  const codes: Readonly<Record<string, number>> = { missing: 5, denied: 7, invalid: 3 };
  const code = codes[asked];
  return code === undefined ? good : { code, details: `the case ${asked}` };
}

function parse(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isSecrets(text: string): boolean {
  return text === "" || text === "null" || (text.startsWith("{") && parse(text) !== undefined);
}

async function run(answer: (request: ReceivedMount, call: number) => BareAnswer): Promise<readonly RuleResult[]> {
  const socket = join(mkdtempSync(join(tmpdir(), "kf-bad-")), "bad.sock");
  provider = await startBareProvider(socket, answer);
  const names: readonly CaseName[] = ["missing", "denied", "invalid"];
  const target: Target = {
    socket,
    otherSocket: undefined,
    valid: volume("valid"),
    cases: new Map(names.map((name) => [name, [volume(name)]])),
    expected: new Map([["db", Buffer.from("s3cret")]]),
    otherAccount: undefined,
    control: undefined,
    patience: 1000,
  };
  return runRules(target, realClock);
}

const broken = (results: readonly RuleResult[]) =>
  results.filter(({ outcome }) => outcome === "broken").map(({ id }) => id);

/** Node's own HTTP/2 does not take a path as :authority, and the bare provider has no Version. */
const ofItsKind = ["A1", "A2", "A37", "A38", "T3"];

/** The careful answer, but another one for valid requests. */
const instead = (other: (call: number) => BareAnswer) => (request: ReceivedMount, call: number) => {
  const usual = careful(request);
  return "code" in Object(usual) ? usual : other(call);
};

const file = (change: object) => ({ path: "db", mode: 420, contents: Buffer.from("s3cret"), ...change });
const versions = [{ id: "db", version: "1" }];

describe("a scripted provider", () => {
  test("that is careful breaks what its library breaks, and no more", async () => {
    const results = await run(careful);
    expect(broken(results).filter((id) => !ofItsKind.includes(id))).toEqual([]);
  }, 60_000);

  test.each([
    { is: "no files", answer: { objectVersion: versions, files: [] }, breaks: ["A3", "T6"] },
    { is: "no versions", answer: { objectVersion: [], files: [file({})] }, breaks: ["A3", "T7"] },
    {
      is: "other bytes",
      answer: { objectVersion: versions, files: [file({ contents: Buffer.from("x") })] },
      breaks: ["A3"],
    },
    {
      is: "a file of mode 0",
      answer: { objectVersion: versions, files: [file({ mode: 0 })] },
      breaks: ["A3", "A16", "T11"],
    },
    { is: "the path .", answer: { objectVersion: versions, files: [file({ path: "." })] }, breaks: ["A3", "T9"] },
    {
      is: "a file that is a folder",
      answer: { objectVersion: versions, files: [file({ path: "a" }), file({ path: "a/b" })] },
      breaks: ["A3", "T8"],
    },
    {
      is: "an error code",
      answer: { objectVersion: versions, files: [file({})], error: { code: "X" } },
      breaks: ["A3"],
    },
    { is: "UNAVAILABLE", answer: { code: 14, details: "later" }, breaks: ["A3", "A35", "T1"] },
    { is: "a token in its message", answer: { code: 9, details: "canary-token-text" }, breaks: ["A3", "A43"] },
  ])(
    "that answers with $is",
    async ({ answer, breaks }) => {
      const found = broken(await run(instead(() => answer)));
      for (const id of breaks) expect(found).toContain(id);
    },
    60_000,
  );

  test("whose versions and paths change each time", async () => {
    const results = await run(
      instead((call) => ({
        objectVersion: [{ id: "db", version: String(call) }],
        files: [file({ path: `db-${call}` })],
      })),
    );
    expect(broken(results)).toEqual(expect.arrayContaining(["A4", "A25", "A27", "T10", "T15"]));
  }, 60_000);

  test("that repeats what it was sent, or takes anything", async () => {
    const echoing = await run((request) => ({ code: 3, details: request.attributes + request.secrets }));
    expect(broken(echoing)).toEqual(expect.arrayContaining(["A14", "A15", "A43"]));
    provider?.close();
    const taking = await run(() => good);
    expect(broken(taking)).toEqual(expect.arrayContaining(["A7", "A8", "A14", "A15", "A18", "A45"]));
  }, 60_000);

  test("whose codes are wrong", async () => {
    const results = await run((request) => {
      const usual = careful(request);
      return "code" in Object(usual) ? { code: 2, details: "no" } : usual;
    });
    expect(broken(results)).toEqual(expect.arrayContaining(["A7", "A8", "A14", "A18"]));
    expect(results.find(({ id }) => id === "A7")?.problem).toBe("the mount failed with code 2, not 5: no");
  }, 60_000);
});

test("docs/conformance.md lists the cases as the command does", () => {
  const page = readFileSync("docs/conformance.md", "utf8");
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, name, help]) => [name, help]);
  expect(rows).toEqual(Object.entries(caseHelp));
});

describe("the report", () => {
  const results: readonly RuleResult[] = [
    { id: "A1", says: "well", outcome: "held", problem: "", took: 12 },
    { id: "A2", says: 'a "b" <c>', outcome: "broken", problem: "is\n & \u0000", took: 1500 },
    { id: "A3", says: "none", outcome: "skipped", problem: "needs -f", took: 0 },
  ];

  test("counts, and is JSON", () => {
    expect(countOutcomes(results)).toEqual({ held: 1, broken: 1, skipped: 1 });
    expect(JSON.parse(jsonReport("/s", results))).toEqual({
      socket: "/s",
      held: 1,
      broken: 1,
      skipped: 1,
      rules: results,
    });
  });

  test("is JUnit", () => {
    const text = junitReport(results);
    expect(text).toContain('tests="3" failures="1" skipped="1"');
    expect(text).toContain(
      'name="A2 a &#34;b&#34; &#60;c&#62;" time="1.500"><failure message="is&#10; &#38; ?"/></testcase>',
    );
  });

  test("has rules of different names only", () => {
    const ids = rules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
