import { beforeEach, describe, expect, test } from "@jest/globals";
import { Circuits, type CircuitCaller } from "../../../src/fetch/circuit.ts";
import type { Verdict } from "../../../src/fetch/verdict.ts";
import { settle, VirtualClock } from "../../fakes/virtual-clock.ts";

const forever = new AbortController().signal;
let clock: VirtualClock;
let circuits: Circuits;

beforeEach(() => {
  clock = new VirtualClock();
  circuits = new Circuits(clock);
});

function caller(namespace: string, object = `${namespace} object`, session = `${namespace} session`): CircuitCaller {
  return { namespace, session, objects: [object] };
}

/** Enters and ends at once, so many times; calls that are refused count as nothing. */
async function call(who: CircuitCaller, verdict: Verdict, times = 1): Promise<number> {
  let made = 0;
  for (let time = 0; time < times; time += 1) {
    const pass = await circuits.enter(who, forever).catch(() => undefined);
    pass?.end(verdict);
    if (pass !== undefined) made += 1;
  }
  return made;
}

const refused = { reason: "store_unavailable" };

describe("a session's circuit", () => {
  test.each(["unreached", "broken", "late"] as const)("opens by what the session meets: %s", async (verdict) => {
    expect(await call(caller("shop"), verdict, 20)).toBe(12);
    await expect(circuits.enter(caller("shop"), forever)).rejects.toMatchObject(refused);
    expect(await call(caller("pay"), "answered")).toBe(1);
    expect(await call(caller("shop", "x", "another session"), "answered")).toBe(1);
  });

  test("does not open by what was answered in between, or says nothing", async () => {
    for (let round = 0; round < 5; round += 1) {
      await call(caller("shop"), "broken", 11);
      await call(caller("shop"), round % 2 === 0 ? "answered" : "throttled");
    }
    expect(await call(caller("shop"), "silent", 40)).toBe(40);
  });

  test("a read that ends late while another session was answered is that read's failure only", async () => {
    for (let round = 0; round < 40; round += 1) {
      const slow = await circuits.enter(caller("shop"), forever);
      await clock.advance(1000);
      await call(caller("pay"), "answered");
      slow.end("late");
    }
    expect(circuits.isOpenFor(caller("shop"))).toBe(false);
  });

  test("lets one probe through after its time; the others wait for what it says", async () => {
    await call(caller("shop"), "broken", 12);
    await clock.advance(1000);
    const probe = await circuits.enter(caller("shop"), forever);
    const next = circuits.enter(caller("shop"), forever);
    let isIn = false;
    void next.then(() => (isIn = true));
    await settle();
    expect(isIn).toBe(false);
    probe.end("answered");
    (await next).end("answered");
    expect(circuits.idle).toBe(true);
  });

  test("stays open for longer each time, up to half a minute", async () => {
    await call(caller("shop"), "broken", 12);
    const spans: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      let waited = 0;
      while ((await call(caller("shop"), "broken")) === 0) {
        await clock.advance(100);
        waited += 100;
      }
      spans.push(waited);
    }
    expect(spans[0]).toBeLessThanOrEqual(1000);
    expect(Math.max(...spans)).toBeGreaterThan(15_000);
    expect(Math.max(...spans)).toBeLessThanOrEqual(30_000);
  });

  test("whoever waits for a probe leaves with its own signal", async () => {
    await call(caller("shop"), "broken", 12);
    await clock.advance(1000);
    await circuits.enter(caller("shop"), forever);
    const leaving = new AbortController();
    const waiting = circuits.enter(caller("shop"), leaving.signal);
    leaving.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
  });
});

describe("an address's circuit", () => {
  /** Each namespace fails so often, in turn, on its own object unless one is named. */
  async function outage(namespaces: readonly string[], verdict: Verdict, object?: string): Promise<void> {
    for (let round = 0; round < 6; round += 1) {
      for (const namespace of namespaces) await call(caller(namespace, object), verdict);
    }
  }

  test.each([
    { is: "two namespaces", namespaces: ["a", "b"], verdict: "unreached" },
    { is: "one object of four namespaces", namespaces: ["a", "b", "c", "d"], verdict: "broken", object: "same" },
    { is: "late reads of four namespaces", namespaces: ["a", "b", "c", "d"], verdict: "late" },
  ] as const)("is not opened by $is", async ({ namespaces, verdict, ...more }) => {
    await outage(namespaces, verdict, "object" in more ? more.object : undefined);
    expect(circuits.open).toBe(0);
  });

  test.each(["unreached", "broken"] as const)("opens when three namespaces met it: %s", async (verdict) => {
    await outage(["a", "b", "c"], verdict);
    for (const namespace of ["a", "b", "c"]) {
      await expect(circuits.enter(caller(namespace), forever)).rejects.toMatchObject(refused);
    }
    expect(circuits.open).toBe(1);
  });

  test("does not open while any other namespace is answered", async () => {
    for (let round = 0; round < 20; round += 1) {
      for (const namespace of ["a", "b", "c"]) await call(caller(namespace, `${namespace} ${round}`), "broken");
      await call(caller("victim"), "answered");
    }
    expect(circuits.isOpenFor(caller("victim"))).toBe(false);
  });

  test("failures of long ago do not count", async () => {
    await call(caller("a"), "unreached", 8);
    await clock.advance(61_000);
    await call(caller("b"), "unreached", 2);
    await call(caller("c"), "unreached", 2);
    expect(circuits.open).toBe(0);
  });

  test("a namespace that met none of it has a probe of its own at once; the rest of it waits and goes on", async () => {
    await outage(["a", "b", "c"], "broken");
    const all = Promise.all(
      Array.from({ length: 20 }, async () => {
        const pass = await circuits.enter(caller("victim"), forever);
        await clock.sleep(50, forever);
        pass.end("answered");
        return clock.monotonic();
      }),
    );
    await clock.advance(200);
    expect(Math.max(...(await all))).toBeLessThanOrEqual(100);
    expect(circuits.open).toBe(0);
  });

  test("one probe of each namespace at a time, while it is down", async () => {
    await outage(["a", "b", "c"], "unreached");
    const first = await circuits.enter(caller("d"), forever);
    const second = circuits.enter(caller("d"), forever);
    const other = await circuits.enter(caller("e"), forever);
    first.end("unreached");
    await expect(second).rejects.toMatchObject(refused);
    other.end("unreached");
    await expect(circuits.enter(caller("e"), forever)).rejects.toMatchObject(refused);
  });
});

test("what nobody asks for any more is forgotten", async () => {
  await call(caller("a"), "unreached", 5);
  for (const namespace of ["b", "c", "d"]) await call(caller(namespace), "broken", 6);
  await clock.advance(11 * 60_000);
  circuits.sweep();
  expect(circuits.idle).toBe(true);
});
