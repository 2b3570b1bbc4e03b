import { beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FairQueue, placeLimits, type PlaceOwner } from "../../../src/fetch/fair-queue.ts";
import { settle, VirtualClock } from "../../fakes/virtual-clock.ts";

const forever = new AbortController().signal;
let clock: VirtualClock;
let queue: FairQueue;

beforeEach(() => {
  clock = new VirtualClock();
  queue = new FairQueue(clock);
});

function owner(namespace: string, session = "s", volume = "v"): PlaceOwner {
  return { namespace, session: `${namespace} ${session}`, volume };
}

/** Asks for so many places and keeps what it is given. */
async function hold(who: PlaceOwner, calls: number): Promise<(() => void)[]> {
  const held: (() => void)[] = [];
  for (let call = 0; call < calls; call += 1) {
    void queue.acquire(who, forever).then((release) => held.push(release));
  }
  await settle();
  return held;
}

describe("what one may hold", () => {
  test.each([
    { is: "a volume", owners: [owner("shop")], most: placeLimits.volume },
    { is: "a session", owners: [owner("shop"), owner("shop", "s", "w")], most: placeLimits.session },
    { is: "a namespace", owners: [owner("shop"), owner("shop", "t"), owner("shop", "u")], most: placeLimits.namespace },
  ])("$is is bounded also while nobody waits", async ({ owners, most }) => {
    const held = await Promise.all(owners.map((one) => hold(one, 100)));
    expect(held.flat()).toHaveLength(most);
  });

  test("a namespace never has more than half", () => {
    expect(placeLimits.namespace).toBeLessThanOrEqual(placeLimits.all / 2);
  });

  test("all together are bounded", async () => {
    const all: (() => void)[][] = [];
    for (let at = 0; at < 40; at += 1) {
      all.push(await hold(owner(`n${at}`), 100));
      await clock.advance(2001);
    }
    await settle();
    expect(all.flat()).toHaveLength(placeLimits.ceiling);
  });
});

describe("a newcomer", () => {
  test("is let in at once beside those that hold more than their share", async () => {
    await hold(owner("a"), 40);
    await hold(owner("a", "t"), 40);
    await hold(owner("b"), 40);
    await hold(owner("b", "t"), 40);
    expect(await hold(owner("victim"), 10)).toHaveLength(10);
  });

  test("has all places when the calls of the others hang", async () => {
    for (const namespace of ["a", "b", "c", "d", "e"]) await hold(owner(namespace), 40);
    await clock.advance(2001);
    expect(await hold(owner("victim"), 20)).toHaveLength(20);
  });

  test.each([
    { is: "another session of the namespace", who: owner("a", "t") },
    { is: "another volume of the session", who: owner("a", "s", "w") },
  ])("finds a place: $is", async ({ who }) => {
    await hold(owner("a"), 40);
    expect((await hold(who, 10)).length).toBeGreaterThanOrEqual(4);
  });
});

describe("turns", () => {
  test("while others wait, each namespace comes to an equal share of the places held", async () => {
    const held = new Map<string, Set<() => void>>();
    const keepAsking = (namespace: string) => {
      const mine = new Set<() => void>();
      held.set(namespace, mine);
      for (let call = 0; call < 500; call += 1) {
        void queue
          .acquire(owner(namespace, `s${call % 3}`, `v${call % 5}`), forever)
          .then((release) => mine.add(release));
      }
    };
    for (const namespace of ["a", "b", "c", "d"]) {
      keepAsking(namespace);
      await settle();
    }
    for (let round = 0; round < 60; round += 1) {
      for (const mine of held.values()) {
        const [release] = mine;
        if (release === undefined) continue;
        mine.delete(release);
        release();
      }
      await settle();
    }
    expect([...held.values()].map(({ size }) => size)).toEqual([16, 16, 16, 16]);
  });

  test("of one namespace the session that holds least is next", async () => {
    const [first] = await hold(owner("a", "big", "v"), 100);
    const [second] = await hold(owner("a", "big", "w"), 100);
    await hold(owner("a", "other"), 100);
    const small = hold(owner("a", "small"), 1);
    first?.();
    second?.();
    expect(await small).toHaveLength(1);
  });

  test("whoever leaves while waiting takes no place", async () => {
    const held = await hold(owner("a"), 30);
    const leaving = new AbortController();
    const waiting = queue.acquire(owner("a"), leaving.signal);
    leaving.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    for (const release of held) release();
    await settle();
    for (const release of held) release();
    await settle();
    expect(queue.idle).toBe(true);
  });
});

test("whatever happens: bounds hold, nobody below its share waits, and in the end nothing is held", async () => {
  const step = fc.record({
    namespace: fc.nat({ max: 4 }),
    session: fc.nat({ max: 2 }),
    volume: fc.nat({ max: 2 }),
    calls: fc.integer({ min: 1, max: 30 }),
    keeps: fc.integer({ min: 1, max: 5000 }),
    wait: fc.nat({ max: 800 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      clock = new VirtualClock();
      queue = new FairQueue(clock);
      const held = new Map<number, number>();
      const waiting = new Map<number, number>();
      const add = (map: Map<number, number>, key: number, by: number) => map.set(key, (map.get(key) ?? 0) + by);
      for (const { namespace, session, volume, calls, keeps, wait } of steps) {
        for (let call = 0; call < calls; call += 1) {
          add(waiting, namespace, 1);
          void queue.acquire(owner(`n${namespace}`, `s${session}`, `v${volume}`), forever).then(async (release) => {
            add(waiting, namespace, -1);
            add(held, namespace, 1);
            await clock.sleep(keeps, forever);
            add(held, namespace, -1);
            release();
          });
        }
        await clock.advance(wait);
        for (const [name, count] of held) {
          expect(count).toBeLessThanOrEqual(placeLimits.namespace);
          const starved = (waiting.get(name) ?? 0) > 0 && count === 0;
          expect(starved).toBe(false);
        }
      }
      await clock.advance(1_000_000);
      expect([...held.values(), ...waiting.values()].every((count) => count === 0)).toBe(true);
      expect(queue.idle).toBe(true);
    }),
    { numRuns: 40 },
  );
});
