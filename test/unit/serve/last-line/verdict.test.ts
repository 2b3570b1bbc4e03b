import { describe, expect, test } from "@jest/globals";
import { pressureOf } from "../../../../src/serve/last-line/pressure.ts";
import { verdictOf } from "../../../../src/serve/last-line/verdict.ts";

const calm = { missed: 0, resident: 100_000, residentAtBeat: 100_000, headroom: 100_000, limit: 400_000 };

describe("verdictOf", () => {
  test.each([
    ["a loop that runs", {}, undefined],
    ["a loop held for less than 15 s", { missed: 149 }, undefined],
    ["a loop held for 15 s", { missed: 150 }, "held"],
    ["a loop that runs and grows", { resident: 390_000 }, undefined],
    ["a heap that grows to its end in one turn", { missed: 2, resident: 176_000 }, "memory"],
    ["a heap that grows and has room", { missed: 2, resident: 174_000 }, undefined],
    ["a process near its limit that grows", { missed: 2, resident: 385_000, headroom: 1_000_000 }, "memory"],
    [
      "a process near its limit that does not grow",
      { missed: 2, resident: 385_000, residentAtBeat: 385_000 },
      undefined,
    ],
    ["a process without a limit", { missed: 2, resident: 385_000, headroom: 1_000_000, limit: undefined }, undefined],
  ])("%s", (_, seen, expected) => {
    expect(verdictOf({ ...calm, ...seen })).toBe(expected);
  });
});

describe("pressureOf", () => {
  const reading = { heapUsed: 50, heapLimit: 100, resident: 50, limit: 100 };
  test.each([
    ["half of everything", {}, "none"],
    ["most of the heap", { heapUsed: 78 }, "refuse"],
    ["nearly all of the heap", { heapUsed: 86 }, "abort"],
    ["most of the memory", { resident: 92 }, "refuse"],
    ["nearly all of the memory", { resident: 97 }, "abort"],
    ["much memory without a limit", { resident: 1e12, limit: undefined }, "none"],
  ])("%s", (_, seen, expected) => {
    expect(pressureOf({ ...reading, ...seen })).toBe(expected);
  });
});
