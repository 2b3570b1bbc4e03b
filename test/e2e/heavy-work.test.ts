import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Lane, laneLimits } from "../../src/compute/lane.ts";
import { matchJob } from "../../src/text/match.ts";
import { selectJob } from "../../src/text/select.ts";
import { startChild } from "../../src/wiring/child-process.ts";
import { realClock } from "../../src/wiring/runtime.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const outcomes: string[] = [];
const lane = new Lane({
  clock: realClock,
  limits: laneLimits,
  start: () => startChild(join(root, "dist", "child.js")),
  ended: (name, outcome) => outcomes.push(`${name} ${outcome}`),
});
const turn = { tenant: "shop", signal: new AbortController().signal };

beforeEach(() => void outcomes.splice(0));
afterAll(() => lane.close());

describe("the built child for heavy work", () => {
  test("reads objects and selects, and stays for the next", async () => {
    const content = Buffer.from(JSON.stringify({ list: Array.from({ length: 20_000 }, (_, at) => ({ at })) }));
    const expressions = ["list[?at > `19998`] | [0].at", "list[-1]", "nope", "abs(list)"];
    const selected = await lane.run(selectJob, { content, expressions }, turn);
    expect(selected?.map((one) => (one.kind === "found" ? Buffer.from(one.bytes).toString() : one.kind))).toEqual([
      "19999",
      '{"at":19999}',
      "nothing",
      "failed",
    ]);
    expect(outcomes).toEqual(["select done"]);
  });

  test.each([
    { is: "numbers without end", content: `[${"0,".repeat(4 << 20)}0]`, expressions: ["[*].[@,@,@] | sort(@[])"] },
    { is: "anchors", content: `a: &a [${"x,".repeat(200_000)}x]\n`, expressions: ["a"] },
    { is: "directives", content: "%\n".repeat(1 << 20), expressions: ["a"] },
  ])("does not outlive its time or memory on $is", async ({ content, expressions }) => {
    const began = performance.now();
    await lane.run(selectJob, { content: Buffer.from(content), expressions }, turn).catch(() => undefined);
    expect(performance.now() - began).toBeLessThan(15_000);
    await expect(lane.run(matchJob, { pattern: "^b", texts: ["ab", "bc"] }, turn)).resolves.toEqual(
      Uint8Array.of(0, 1),
    );
  });

  test("patterns that grow are ended", async () => {
    const pattern = "(?:(?:(?:x?){99}){99}){99}";
    const result = lane.run(matchJob, { pattern, texts: ["x".repeat(99_000)] }, turn);
    await expect(result).rejects.toMatchObject({
      reason: expect.stringMatching(/^(?:budget_exceeded|parameter_invalid)$/) as unknown,
    });
  });
});
