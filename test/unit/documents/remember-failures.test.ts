import { describe, expect, test } from "@jest/globals";
import { rememberFailures } from "../../../src/documents/remember-failures.ts";
import { MountError } from "../../../src/model/error.ts";
import type { Reason } from "../../../src/model/reasons.ts";

function counted(reason?: Reason) {
  let count = 0;
  const work = () => {
    count += 1;
    return reason === undefined ? Promise.resolve(count) : Promise.reject(new MountError(reason, `time ${count}`));
  };
  return { work, count: () => count };
}

describe("failures", () => {
  test.each(["document_invalid", "budget_exceeded"] as const)(
    "%s is remembered for what it was done on",
    async (reason) => {
      const remembered = rememberFailures();
      const { work, count } = counted(reason);
      for (let time = 0; time < 3; time += 1) await expect(remembered("a", work)).rejects.toThrow("time 1");
      await expect(remembered("b", work)).rejects.toThrow("time 2");
      expect(count()).toBe(2);
    },
  );

  test("what may be otherwise next time is not, nor is success", async () => {
    const remembered = rememberFailures();
    const failing = counted("store_unavailable");
    const good = counted();
    for (let time = 0; time < 2; time += 1) {
      await expect(remembered("a", failing.work)).rejects.toThrow();
      await remembered("b", good.work);
    }
    expect([failing.count(), good.count()]).toEqual([2, 2]);
  });

  test("the oldest of very many is forgotten", async () => {
    const remembered = rememberFailures();
    const { work, count } = counted("document_invalid");
    for (let at = 0; at <= 1000; at += 1) await remembered(String(at), work).catch(() => undefined);
    await remembered("0", work).catch(() => undefined);
    expect(count()).toBe(1002);
  });
});
