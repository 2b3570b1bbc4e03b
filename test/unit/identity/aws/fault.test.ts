import { describe, expect, test } from "@jest/globals";
import { awsOutage } from "../../../../src/identity/aws/fault.ts";
import { verdictOf } from "../../../../src/fetch/verdict.ts";

const refusal = { words: "", retryAfter: undefined, date: undefined };

describe("an answer of AWS that is none to the question", () => {
  test.each([
    { status: 429, code: "", reason: "store_throttled", verdict: "throttled" },
    { status: 400, code: "ThrottlingException", reason: "store_throttled", verdict: "throttled" },
    { status: 503, code: "", reason: "store_unavailable", verdict: "broken" },
    { status: 500, code: "InternalFailure", reason: "store_unavailable", verdict: "broken" },
    { status: 408, code: "", reason: "store_unavailable", verdict: "late" },
    { status: 400, code: "RequestTimeout", reason: "store_unavailable", verdict: "late" },
    { status: 403, code: "", reason: "store_protocol", verdict: "silent" },
  ])("$status $code counts for its address as every other store's: $verdict", ({ status, code, reason, verdict }) => {
    const error = awsOutage({ ...refusal, status, code }, "kms.test");
    expect(error?.reason).toBe(reason);
    expect(error === undefined ? undefined : verdictOf({ kind: "failed", error })).toBe(verdict);
  });

  test("is an answer where AWS names what it refuses", () => {
    expect(awsOutage({ ...refusal, status: 400, code: "AccessDeniedException" }, "kms.test")).toBeUndefined();
  });
});
