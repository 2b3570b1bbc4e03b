import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "@jest/globals";
import { InProcess } from "../../../src/compute/in-process.ts";
import { Lane, laneLimits, type Child, type LaneLimits } from "../../../src/compute/lane.ts";
import { job } from "../../../src/model/compute.ts";
import { MountError } from "../../../src/model/error.ts";
import { startChild } from "../../../src/wiring/child-process.ts";
import { realClock } from "../../../src/wiring/runtime.ts";
import * as work from "../../fakes/heavy-work.ts";

const entry = fileURLToPath(new URL("../../fakes/heavy-child.ts", import.meta.url));
const lanes: Lane[] = [];
const never = new AbortController().signal;
const shop = { tenant: "shop", signal: never };

function openLane(limits: Partial<LaneLimits> = {}) {
  const children: Child[] = [];
  const outcomes: string[] = [];
  const lane = new Lane({
    clock: realClock,
    // A child from sources has the compiler in memory, too.
    limits: { ...laneLimits, bytes: 320 << 20, ...limits },
    start: async () => {
      const child = await startChild(entry);
      children.push(child);
      return child;
    },
    ended: (name, outcome) => outcomes.push(`${name} ${outcome}`),
  });
  lanes.push(lane);
  return { lane, children, outcomes };
}

afterEach(() => {
  for (const lane of lanes.splice(0)) lane.close();
});

const reasonOf = async (promise: Promise<unknown>): Promise<string> => {
  const thrown: unknown = await promise.then(
    () => "done",
    (error: unknown) => error,
  );
  return thrown instanceof MountError ? `${thrown.reason}: ${thrown.message}` : String(thrown);
};

describe("the lane for heavy work", () => {
  test("starts one child when it is first needed, and gives back what structured cloning copies", async () => {
    const { lane, children, outcomes } = openLane();
    expect(children).toHaveLength(0);
    const value = { bytes: Uint8Array.of(1, 2), big: 2n ** 70n, map: new Map([["a", [undefined, null]]]) };
    await expect(lane.run(work.echo, value, shop)).resolves.toEqual(value);
    await lane.run(work.echo, 1, shop);
    expect(children).toHaveLength(1);
    expect(outcomes).toEqual(["echo done", "echo done"]);
  });

  test("gives the child no variable of ours, and no argument of a job", async () => {
    process.env["KEYFERRY_CANARY"] = "canary-value";
    const { lane } = openLane();
    await lane.run(work.echo, "secret-input", shop);
    const seen = (await lane.run(work.environment, null, shop)).join(" ");
    delete process.env["KEYFERRY_CANARY"];
    expect(seen).not.toMatch(/canary|secret-input/iu);
  });

  test.each([
    ["time", { cpu: 200 }, work.spin, null, /running in circles was stopped: it takes more than 0.2 s of computing/u],
    ["waiting", { wall: 2000 }, work.wait, 60_000, /waiting was stopped/u],
    ["the heap", {}, work.grow, "list", /memory/u],
    ["buffers", {}, work.grow, "buffers", /memory/u],
    ["texts", {}, work.grow, "text", /memory/u],
    ["the process itself", {}, work.leave, null, /its process ended/u],
  ] as const)("ends a job that takes too much of %s, and does the next", async (_, limits, kind, input, says) => {
    const { lane, children, outcomes } = openLane(limits);
    const bad = reasonOf(lane.run<never, unknown>(kind, input as never, shop));
    const good = lane.run(work.echo, "next", shop);
    await expect(bad).resolves.toMatch(says);
    await expect(bad).resolves.toMatch(/^budget_exceeded: /u);
    await expect(good).resolves.toBe("next");
    expect(children).toHaveLength(2);
    expect(outcomes).toEqual([`${kind.name} exceeded`, "echo done"]);
  });

  test("an error of ours comes back as it is; of any other only the name", async () => {
    const { lane } = openLane();
    expect(await reasonOf(lane.run(work.refuse, "no PFX", shop))).toBe("document_invalid: no PFX");
    expect(await reasonOf(lane.run(work.fail, "secret text", shop))).toBe(
      "internal: unexpected RangeError while failing",
    );
  });

  test("aborting ends a job in the middle, and one that waits never begins", async () => {
    const { lane, children, outcomes } = openLane();
    await lane.run(work.echo, 1, shop);
    const first = new AbortController();
    const second = new AbortController();
    const running = reasonOf(lane.run(work.spin, null, { tenant: "a", signal: first.signal }));
    const waiting = reasonOf(lane.run(work.spin, null, { tenant: "b", signal: second.signal }));
    const last = lane.run(work.echo, 1, { tenant: "c", signal: never });
    second.abort(new Error("second gone"));
    expect(await waiting).toBe("Error: second gone");
    await realClock.sleep(50, never);
    first.abort(new Error("first gone"));
    expect(await running).toBe("Error: first gone");
    await expect(last).resolves.toBe(1);
    expect(children).toHaveLength(2);
    expect(outcomes).toEqual(["echo done", "spin cancelled", "echo done"]);
    expect(await reasonOf(lane.run(work.echo, 1, { tenant: "a", signal: first.signal }))).toBe("Error: first gone");
  });

  test("tenants take turns, those who took least first", async () => {
    const { lane } = openLane();
    const order: string[] = [];
    const add = (tenant: string, milliseconds: number) =>
      lane.run(work.wait, milliseconds, { tenant, signal: never }).then(() => order.push(tenant));
    await Promise.all([add("many", 30), add("many", 30), add("many", 30), add("one", 1), add("other", 1)]);
    expect(order.slice(0, 3).sort()).toEqual(["many", "one", "other"]);
  });

  test("an idle child is ended, and work starts another", async () => {
    const { lane, children } = openLane({ idle: 30 });
    await lane.run(work.echo, 1, shop);
    await realClock.sleep(200, never);
    expect(children[0]?.usage()).toBeUndefined();
    await expect(lane.run(work.echo, 2, shop)).resolves.toBe(2);
    expect(children).toHaveLength(2);
  });
});

describe("work in this process", () => {
  const compute = new InProcess(work.workers);

  test("is the same work", async () => {
    await expect(compute.run(work.echo, new Map([[1, 2n]]), shop)).resolves.toEqual(new Map([[1, 2n]]));
    expect(await reasonOf(compute.run(work.refuse, "no PFX", shop))).toBe("document_invalid: no PFX");
    await expect(compute.run(work.echo, () => 1, shop)).rejects.toThrow(/could not be cloned/u);
    expect(await reasonOf(compute.run(job("other", "x"), 1, shop))).toMatch(/^internal/u);
  });
});
