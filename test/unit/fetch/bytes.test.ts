import { beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ByteBudget, byteLimits, type ByteAccount } from "../../../src/fetch/bytes.ts";
import { settle, VirtualClock } from "../../fakes/virtual-clock.ts";

const forever = new AbortController().signal;
const limits = { expected: 1000, mount: 400, large: 2 };
let budget: ByteBudget;

beforeEach(() => {
  budget = new ByteBudget(limits);
});

/** Whether it has resolved by now. */
async function isOver(work: Promise<unknown>): Promise<boolean> {
  let over = false;
  void work.then(
    () => (over = true),
    () => (over = true),
  );
  await settle();
  return over;
}

async function expecting(namespace: string, bytes: number): Promise<ByteAccount> {
  const account = budget.open(namespace);
  await account.expect(bytes, forever);
  return account;
}

/** Others reserve what there is, but for a few bytes. */
async function fillUp(): Promise<void> {
  for (const [namespace, bytes] of [
    ["x", 400],
    ["y", 400],
    ["z", 150],
  ] as const)
    await expecting(namespace, bytes);
}

describe("the limits", () => {
  test("follow the memory limit", () => {
    const mib = 1 << 20;
    expect(byteLimits(384 * mib, 4 * mib)).toEqual({ expected: 12 * mib, mount: 10 * mib, large: 1 });
    expect(byteLimits(4096 * mib, 4 * mib)).toEqual({ expected: 128 * mib, mount: 64 * mib, large: 2 });
  });

  test("leave room for one whole answer, however little memory there is", () => {
    expect(byteLimits(64 << 20, 4 << 20)).toMatchObject({ mount: 10 << 20, large: 1 });
  });
});

describe("what is expected", () => {
  test("is reserved at once; what does not fit waits for a Mount to end", async () => {
    const first = await expecting("shop", 400);
    const second = budget.open("shop").expect(200, forever);
    expect(await isOver(second)).toBe(false);
    first.close();
    expect(await isOver(second)).toBe(true);
  });

  test("of one namespace never takes another's room", async () => {
    for (let at = 0; at < 20; at += 1) void budget.open("shop").expect(100, forever);
    for (let at = 0; at < 20; at += 1) void budget.open("web").expect(40, forever);
    await settle();
    expect(budget.usage.reserved).toBeLessThanOrEqual(1000);
    expect(await isOver(expecting("pay", 10))).toBe(true);
  });

  test("whoever leaves the line makes room for the next", async () => {
    await expecting("shop", 400);
    const leaving = new AbortController();
    const large = budget.open("shop").expect(300, leaving.signal);
    const small = budget.open("shop").expect(50, forever);
    expect(await isOver(small)).toBe(false);
    leaving.abort(new Error("gone"));
    await expect(large).rejects.toThrow("gone");
    expect(await isOver(small)).toBe(true);
  });
});

describe("a Mount that reads more than was expected", () => {
  test("has more at once while there is room, and gives it back with what it no longer holds", async () => {
    const account = await expecting("shop", 10);
    await account.take(300, forever);
    expect(budget.usage.reserved).toBe(300);
    account.give(250);
    expect(budget.usage.reserved).toBe(50);
    account.give(50);
    expect(budget.usage.reserved).toBe(10);
  });

  test("leaves other namespaces their half", async () => {
    const accounts = await Promise.all([1, 2].map(() => expecting("shop", 10)));
    for (const account of accounts) await account.take(390, forever);
    expect(await isOver(expecting("pay", 400))).toBe(true);
  });

  test("waits for one of a few places for large ones", async () => {
    await fillUp();
    const accounts = await Promise.all(["a", "b", "c"].map((namespace) => expecting(namespace, 10)));
    const [first, second, third] = accounts.map((account) => account.take(300, forever));
    expect(await isOver(Promise.all([first, second]))).toBe(true);
    expect(third !== undefined && (await isOver(third))).toBe(false);
    accounts[0]?.close();
    expect(third !== undefined && (await isOver(third))).toBe(true);
  });

  test("leaves the place when what it holds has become small again", async () => {
    await fillUp();
    const accounts = await Promise.all(["a", "b", "c"].map((namespace) => expecting(namespace, 10)));
    await accounts[0]?.take(300, forever);
    await accounts[1]?.take(300, forever);
    accounts[0]?.give(295);
    expect(await isOver(accounts[2]?.take(300, forever) ?? Promise.resolve())).toBe(true);
  });

  test("fails when it would hold more than any may; what it gave back counts no longer", async () => {
    const account = await expecting("shop", 10);
    await account.take(390, forever);
    await expect(account.take(20, forever)).rejects.toMatchObject({ reason: "response_too_large" });
    account.give(100);
    await account.take(20, forever);
    expect(account.held).toBe(310);
  });

  test("one read that leaves does not cost another of the same Mount its place in the line", async () => {
    await fillUp();
    const others = await Promise.all(["a", "b"].map((namespace) => expecting(namespace, 10)));
    for (const other of others) await other.take(300, forever);
    const account = await expecting("shop", 10);
    const leaving = new AbortController();
    const left = account.take(100, leaving.signal);
    const stays = account.take(100, forever);
    leaving.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    others[0]?.close();
    await stays;
    expect(account.held).toBe(100);
  });
});

describe("reads that are together more than their Mount may hold", () => {
  test("wait for each other while one may give back what is not its answer", async () => {
    const account = await expecting("shop", 10);
    const [first, second] = [account.read(), account.read()];
    await first.take(300, forever);
    const taking = second.take(300, forever);
    expect(await isOver(taking)).toBe(false);
    await first.settle(20, forever);
    await taking;
    expect(account.held).toBe(320);
  });

  test("fail when what is left of those before is too much", async () => {
    const account = await expecting("shop", 10);
    const [first, second] = [account.read(), account.read()];
    await first.take(300, forever);
    const taking = second.take(300, forever);
    await first.settle(200, forever);
    await expect(taking).rejects.toMatchObject({ reason: "response_too_large" });
  });

  test("fail when all of them wait", async () => {
    const account = await expecting("shop", 10);
    const [first, second] = [account.read(), account.read()];
    await first.take(200, forever);
    await second.take(150, forever);
    const all = [first.take(200, forever), second.take(200, forever)];
    const ends = await Promise.allSettled(all);
    expect(ends.map(({ status }) => status)).toContain("rejected");
  });
});

describe("a read", () => {
  test("gives back what was more than its answer, and keeps the account open while it outlives the Mount", async () => {
    const account = await expecting("shop", 100);
    const read = account.read();
    await read.take(80, forever);
    await read.settle(30, forever);
    expect(account.held).toBe(30);
    account.close();
    expect(budget.usage.reserved).toBe(100);
    read.close();
    expect(budget.usage.reserved).toBe(0);
  });

  test("says that it waits for room", async () => {
    await fillUp();
    const others = await Promise.all(["a", "b"].map((namespace) => expecting(namespace, 10)));
    for (const other of others) await other.take(300, forever);
    const read = (await expecting("shop", 10)).read();
    const taking = read.take(100, forever);
    await settle();
    expect(read.waits).toBe(true);
    others[0]?.close();
    await taking;
    expect(read.waits).toBe(false);
  });
});

test("whatever Mounts want: the bound holds, all of them come to an end, and all is given back", async () => {
  const mount = fc.record({
    namespace: fc.constantFrom("a", "b", "c", "d"),
    expected: fc.nat({ max: 700 }),
    reads: fc.array(fc.record({ raw: fc.nat({ max: 150 }), part: fc.double({ min: 0, max: 1, noNaN: true }) }), {
      maxLength: 6,
    }),
    pause: fc.nat({ max: 50 }),
    starts: fc.nat({ max: 500 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(mount, { maxLength: 40 }), async (mounts) => {
      const clock = new VirtualClock();
      budget = new ByteBudget(limits);
      let ended = 0;
      const open = new Set<ByteAccount>();
      const run = async ({ namespace, expected, reads, pause, starts }: (typeof mounts)[number]) => {
        await clock.sleep(starts, forever);
        const account = budget.open(namespace);
        await account.expect(expected, forever);
        open.add(account);
        const work = reads.map(async ({ raw, part }) => {
          const read = account.read();
          try {
            await read.take(raw, forever);
            await clock.sleep(pause, forever);
            await read.settle(Math.floor(raw * part), forever);
          } finally {
            read.close();
          }
        });
        await Promise.allSettled(work);
        await clock.sleep(pause, forever);
        open.delete(account);
        account.close();
        ended += 1;
      };
      const all = Promise.all(mounts.map(run));
      for (let round = 0; round < 40; round += 1) {
        await clock.advance(50);
        const most = limits.expected + limits.large * limits.mount;
        expect(budget.usage.reserved).toBeLessThanOrEqual(most);
      }
      await clock.advance(100_000);
      expect(ended).toBe(mounts.length);
      await all;
      expect(budget.usage).toEqual({ reserved: 0, waiting: 0 });
    }),
    { numRuns: 100 },
  );
});
