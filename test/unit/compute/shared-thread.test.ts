import { describe, expect, test } from "@jest/globals";
import { SharedThread } from "../../../src/compute/shared-thread.ts";

const never = new AbortController().signal;

/** Time that passes only when work is done, and the work of one Mount: so many pieces of so many ms. */
function createNode() {
  let now = 0;
  const order: string[] = [];
  const thread = new SharedThread({ monotonic: () => now });
  const mount = async (tenant: string, pieces: number, milliseconds: number) => {
    const share = thread.share({ tenant, signal: never });
    for (let piece = 0; piece < pieces; piece += 1) {
      await share.take();
      now += milliseconds;
      order.push(tenant);
    }
  };
  return { thread, mount, order, time: () => now };
}

describe("the thread that all Mounts share", () => {
  test("is there at once for whoever works alone, also again and again", async () => {
    const { mount, order } = createNode();
    await mount("a", 5, 1);
    expect(order).toEqual(["a", "a", "a", "a", "a"]);
  });

  test("lets a neighbour in after one piece of work, however many Mounts another has", async () => {
    const { mount, order } = createNode();
    const hostile = Array.from({ length: 20 }, () => mount("hostile", 20, 40));
    const victim = mount("victim", 3, 1);
    await victim;
    expect(order.filter((tenant) => tenant === "hostile").length).toBeLessThanOrEqual(4);
    await Promise.all(hostile);
    expect(order).toHaveLength(403);
  });

  test("gives a round of the event loop to one Mount only, so that others come between", async () => {
    const { mount, time } = createNode();
    const seen: number[] = [];
    let going = true;
    const look = () => {
      seen.push(time());
      if (going) setImmediate(look);
    };
    setImmediate(look);
    await Promise.all(Array.from({ length: 10 }, (_, at) => mount(`t${at}`, 3, 25)));
    going = false;
    const gaps = seen.map((at, place) => at - (seen[place - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(50);
  });

  test("is not waited for by a Mount that was given up", async () => {
    const { thread, mount } = createNode();
    const gone = new AbortController();
    const share = thread.share({ tenant: "gone", signal: gone.signal });
    const busy = mount("busy", 10, 40);
    const waiting = share.take();
    gone.abort(new Error("given up"));
    await expect(waiting).rejects.toThrow("given up");
    expect(() => void share.take()).toThrow("given up");
    await busy;
  });
});
