import { beforeEach, describe, expect, test } from "@jest/globals";
import { Pace, type PaceCaller } from "../../../src/fetch/pace.ts";
import { VirtualClock } from "../../fakes/virtual-clock.ts";

const forever = new AbortController().signal;
let clock: VirtualClock;
let pace: Pace;

beforeEach(() => {
  clock = new VirtualClock();
  pace = new Pace(clock);
});

function caller(namespace: string, quota: string | undefined = "vault-a", session = namespace): PaceCaller {
  return { namespace, session, quota };
}

/** When each of several calls may go, in ms from now. */
async function moments(who: PaceCaller, calls: number): Promise<readonly number[]> {
  const start = clock.monotonic();
  const all = Promise.all(
    Array.from({ length: calls }, async () => {
      await pace.wait(who, forever);
      return clock.monotonic() - start;
    }),
  );
  await clock.advance(120_000);
  return (await all).toSorted((a, b) => a - b);
}

test("nobody waits where nobody was refused", async () => {
  expect(await moments(caller("shop"), 100)).toEqual(Array.from({ length: 100 }, () => 0));
});

describe("a session that was refused", () => {
  test("waits as long as it was told, then asks ten times a second", async () => {
    pace.throttled(caller("shop"), 5000);
    expect((await moments(caller("shop"), 3)).map(Math.round)).toEqual([5000, 5100, 5200]);
  });

  test("is slowed down by half at each burst, and once by each", async () => {
    pace.throttled(caller("shop"), 0);
    pace.throttled(caller("shop"), 0);
    await clock.advance(1500);
    pace.throttled(caller("shop"), 0);
    const [first = 0, second = 0] = await moments(caller("shop"), 2);
    expect(Math.round(second - first)).toBe(200);
  });

  test("is no longer slowed down after enough answers", async () => {
    pace.throttled(caller("shop"), 0);
    for (let answer = 0; answer < 401; answer += 1) pace.answered(caller("shop"));
    expect(await moments(caller("shop"), 3)).toEqual([0, 0, 0]);
    expect(pace.size).toBe(0);
  });

  test("stops waiting with its signal", async () => {
    pace.throttled(caller("shop"), 60_000);
    const leaving = new AbortController();
    const waiting = pace.wait(caller("shop"), leaving.signal);
    leaving.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
  });
});

describe("others", () => {
  test.each([
    { is: "of the same quota, while one namespace alone was refused", victim: caller("pay") },
    { is: "of another quota", victim: caller("pay", "vault-b"), second: caller("web") },
    { is: "whose store declares none", victim: { ...caller("pay"), quota: undefined }, second: caller("web") },
  ])("do not wait: $is", async ({ victim, second }) => {
    for (let time = 0; time < 20; time += 1) {
      pace.throttled(caller("shop"), 30_000);
      pace.throttled(caller("shop", "vault-a", "another session"), 30_000);
      if (second !== undefined) pace.throttled(second, 30_000);
    }
    expect(await moments(victim, 20)).toEqual(Array.from({ length: 20 }, () => 0));
  });

  test("of the same quota wait as far as two namespaces were told to", async () => {
    pace.throttled(caller("shop"), 30_000);
    pace.throttled(caller("web"), 4000);
    const [first] = await moments(caller("pay"), 1);
    expect(first).toBe(4000);
  });

  test("have an equal part of the quota's rate, and never wait behind another's calls", async () => {
    pace.throttled(caller("shop"), 0);
    pace.throttled(caller("web"), 0);
    const many = moments(caller("shop"), 200);
    const few = await moments(caller("pay"), 3);
    await many;
    expect(few[0]).toBe(0);
    expect(few[2]).toBeLessThanOrEqual(1000);
  });

  test("go on at once when the refusals are a minute old", async () => {
    pace.throttled(caller("shop"), 0);
    pace.throttled(caller("web"), 0);
    await clock.advance(61_000);
    expect(await moments(caller("pay"), 5)).toEqual([0, 0, 0, 0, 0]);
  });
});

test("a wall clock that is stepped changes nothing", async () => {
  pace.throttled(caller("shop"), 5000);
  clock.stepWall(-3_600_000);
  expect((await moments(caller("shop"), 1)).map(Math.round)).toEqual([5000]);
});

test("what nobody uses any more is forgotten", async () => {
  pace.throttled(caller("shop"), 0);
  pace.throttled(caller("web"), 0);
  await clock.advance(11 * 60_000);
  pace.sweep();
  expect(pace.size).toBe(0);
});
