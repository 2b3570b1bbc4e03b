import { expect, test } from "@jest/globals";
import { parseRetryAfter } from "../../../src/http/retry-after.ts";

const now = Date.UTC(2026, 0, 1, 0, 0, 0);

test.each([
  ["7", 7_000],
  [" 0 ", 0],
  ["100000", 300_000],
  ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
  ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
  ["-1", undefined],
  ["1.5", undefined],
  ["soon", undefined],
  ["2026-01-01", undefined],
  ["Xyz, nonsense GMT", undefined],
  ["", undefined],
  [undefined, undefined],
])("%j is %j", (text, expected) => {
  expect(parseRetryAfter(text, now)).toBe(expected);
});
