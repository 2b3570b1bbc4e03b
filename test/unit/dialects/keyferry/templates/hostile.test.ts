import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "@jest/globals";
import { Lane, laneLimits } from "../../../../../src/compute/lane.ts";
import { Templates } from "../../../../../src/dialects/keyferry/templates/templates.ts";
import { MountError } from "../../../../../src/model/error.ts";
import type { Tree } from "../../../../../src/model/outcome.ts";
import { startChild } from "../../../../../src/wiring/child-process.ts";
import { realClock } from "../../../../../src/wiring/runtime.ts";

const entry = fileURLToPath(new URL("../../../../../src/child.ts", import.meta.url));
const lane = new Lane({
  clock: realClock,
  // A child from sources has the compiler in memory, too.
  limits: { ...laneLimits, bytes: 400 << 20 },
  start: () => startChild(entry),
  ended: () => undefined,
});
afterAll(() => lane.close());

const { signal } = new AbortController();
const templates = new Templates();

function render(text: string, values: Readonly<Record<string, Tree>> = {}, tenant = "mallory"): Promise<string> {
  const parsed = templates.parse(text);
  if (!("text" in parsed)) return Promise.reject(new Error(parsed.problem));
  return templates.render(parsed, values, { run: (job, input) => lane.run(job, input, { tenant, signal }) });
}

const outcome = async (promise: Promise<string>): Promise<string> => {
  const result: unknown = await promise.catch((thrown: unknown) => thrown);
  return result instanceof MountError ? result.reason : `unexpected ${String(result).slice(0, 100)}`;
};

/** Ended by whichever bound comes first; that is one of these, whatever the machine. */
const ended = /^(?:budget_exceeded|template_failed)$/u;

const list = Array.from({ length: 1000 }, (_, at) => at);
const nested = (depth: number, body: string): string =>
  depth === 0 ? body : `{% for a in list %}${nested(depth - 1, body)}{% endfor %}`;

describe("templates that would not end", () => {
  test.each([
    { is: "an empty loop over a range", text: "{% for i in (1..100000000) %}{% endfor %}" },
    { is: "empty loops in loops", text: nested(6, "") },
    { is: "loops in loops that write", text: nested(4, "x") },
    { is: "a value that doubles", text: `{% assign a = "xxxxxxxx" %}${"{% assign a = a | append: a %}".repeat(60)}` },
    { is: "a list that doubles", text: `{% assign a = list %}${"{% assign a = a | concat: a %}".repeat(60)}` },
    {
      is: "a text that is replaced by itself",
      text: `{% assign a = text %}${'{% assign a = a | replace: "x", a %}'.repeat(9)}`,
    },
    { is: "a huge range", text: "{{ (1..4000000000) | size }}" },
    {
      is: "captures that double",
      text: `{% assign a = text %}${"{% capture a %}{{ a }}{{ a }}{% endcapture %}".repeat(80)}`,
    },
    { is: "hex of hex", text: `{{ text${" | hex".repeat(60)} | size }}` },
    {
      is: "sorting in a loop",
      text: "{% for i in (1..1000000) %}{% assign b = list | sort | reverse | uniq %}{% endfor %}",
    },
    { is: "one output of many MiB", text: "{{ big }}".repeat(40) },
  ])("$is", async ({ text }) => {
    const began = performance.now();
    expect(await outcome(render(text, { list, text: "x".repeat(5000), big: "y".repeat(40_000) }))).toMatch(ended);
    // Starting another child included.
    expect(performance.now() - began).toBeLessThan(8_000);
  });

  test("hold up nobody: a neighbour's template is rendered meanwhile, and the thread is free", async () => {
    const bad = Array.from({ length: 3 }, () => outcome(render("{% for i in (1..100000000) %}{% endfor %}")));
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await expect(render("{{ a | upcase }}", { a: "x" }, "shop")).resolves.toBe("X");
    await expect(render("{% for x in a %}{{ x }}{% endfor %}", { a: ["x"] }, "shop")).resolves.toBe("x");
    clearInterval(timer);
    for (const one of await Promise.all(bad)) expect(one).toMatch(ended);
    // Other tests and a compiler share this machine; a template in line would hold it for a second and more.
    expect(longest).toBeLessThan(500);
  });
});

test("deep data is data", async () => {
  const deep = (depth: number): Tree => (depth === 0 ? "x" : { a: deep(depth - 1) });
  await expect(render("{{ d | json | size }}", { d: deep(190) })).resolves.toBe("1143");
  await expect(render(`{{ d${".a".repeat(190)} }}`, { d: deep(190) })).resolves.toBe("x");
});
