import { expect, test } from "@jest/globals";
import { memoryLimit } from "../../../src/wiring/memory-limit.ts";

const mib = 1 << 20;

test.each([
  { is: "the operator's word", setting: 200 * mib, constrained: 384 * mib, expected: 200 * mib },
  { is: "the control group's limit", setting: undefined, constrained: 384 * mib, expected: 384 * mib },
  { is: "no limit: 0", setting: undefined, constrained: 0, expected: 512 * mib },
  {
    is: "no limit: cgroup v1 writes the largest number",
    setting: undefined,
    constrained: 2 ** 63,
    expected: 512 * mib,
  },
])("$is", ({ setting, constrained, expected }) => {
  expect(memoryLimit({ setting, constrained, total: 8192 * mib })).toBe(expected);
});

test("a small machine is its own limit", () => {
  expect(memoryLimit({ setting: undefined, constrained: 0, total: 256 * mib })).toBe(256 * mib);
});
