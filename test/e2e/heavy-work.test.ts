import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Lane, laneLimits } from "../../src/compute/lane.ts";
import { MountError } from "../../src/model/error.ts";
import { matchJob } from "../../src/text/match.ts";
import { readTreeJob, unpackTree } from "../../src/text/read-tree.ts";
import { treeBytes } from "../../src/text/tree-bytes.ts";
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
  test("reads objects, and stays for the next", async () => {
    const content = Buffer.from('{"version":1.10,"list":[1,{"__proto__":"x"}],"big":12345678901234567890}');
    const packed = await lane.run(readTreeJob, content, turn);
    const tree = packed === undefined ? null : unpackTree(packed);
    expect(Buffer.from(treeBytes(tree) ?? []).toString()).toBe(content.toString());
    await expect(lane.run(readTreeJob, Buffer.from("a: [b"), turn)).resolves.toBeUndefined();
    expect(outcomes).toEqual(["read-tree done", "read-tree done"]);
  });

  test.each([
    { is: "numbers without end", content: `[${"0,".repeat(4 << 20)}0]` },
    { is: "aliases", content: `a: &a [${"x,".repeat(200_000)}x]\nb: [*a,*a,*a,*a]\n` },
    { is: "directives", content: "%\n".repeat(1 << 20) },
  ])("does not outlive its time or memory on $is", async ({ content }) => {
    const began = performance.now();
    const result = await lane.run(readTreeJob, Buffer.from(content), turn).catch((thrown: unknown) => thrown);
    expect(result === undefined || (result instanceof MountError && result.reason === "budget_exceeded")).toBe(true);
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
