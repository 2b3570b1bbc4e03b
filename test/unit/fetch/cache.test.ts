import { beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AnswerCache, type CacheKey } from "../../../src/fetch/cache.ts";
import type { Found } from "../../../src/model/outcome.ts";
import { Secret } from "../../../src/model/secret.ts";
import { sessionKey } from "../../../src/model/session.ts";

const overhead = 512;
let cache: AnswerCache;

beforeEach(() => {
  cache = new AnswerCache({ entries: 100, bytes: 100_000 });
});

function key(namespace: string, read: string): CacheKey {
  const pod = { name: "p", namespace, uid: "u", serviceAccount: "web" };
  return { namespace, session: sessionKey("scripted", {}, pod), read };
}

function answer(size: number, held?: number): Found {
  const found = { kind: "found", value: new Secret(Buffer.alloc(size, 7)), version: "1" } as const;
  return held === undefined ? found : { ...found, held };
}

function put(namespace: string, read: string, size: number, now = 0): void {
  cache.set(key(namespace, read), { found: answer(size), asOf: now }, now);
}

function has(namespace: string, read: string): boolean {
  return cache.get(key(namespace, read), 0) !== undefined;
}

test("what an answer holds beside its value counts", () => {
  cache.set(key("shop", "a"), { found: answer(100, 30_000), asOf: 0 }, 0);
  expect(cache.bytes).toBe(30_100 + overhead);
  expect(cache.bytesOf("shop")).toBe(cache.bytes);
});

test("an older answer never takes the place of a newer one", () => {
  put("shop", "a", 10, 5);
  cache.set(key("shop", "a"), { found: answer(20), asOf: 4 }, 6);
  expect(cache.get(key("shop", "a"), 6)?.found.value.size).toBe(10);
});

test("callers keep what they were given as theirs; what leaves the cache is overwritten", () => {
  const given = answer(10);
  cache.set(key("shop", "a"), { found: given, asOf: 0 }, 0);
  const cached = cache.get(key("shop", "a"), 0)?.found.value;
  given.value.wipe();
  expect(cached?.reveal()[0]).toBe(7);
  cache.delete(key("shop", "a"));
  expect(cached?.reveal()[0]).toBe(0);
});

describe("a namespace's share", () => {
  test("is half of all at most", () => {
    for (let at = 0; at < 50; at += 1) put("shop", `a${at}`, 3000);
    expect(cache.bytesOf("shop")).toBeLessThanOrEqual(50_000);
    expect(has("shop", "a49")).toBe(true);
    expect(has("shop", "a0")).toBe(false);
  });

  test("an answer larger than it is not cached, and costs nobody else's", () => {
    put("pay", "x", 100);
    put("shop", "huge", 60_000);
    expect(has("shop", "huge")).toBe(false);
    expect(has("pay", "x")).toBe(true);
  });

  test("below its equal part it loses nothing, however much others store", () => {
    for (let at = 0; at < 5; at += 1) put("pay", `x${at}`, 1000);
    for (let at = 0; at < 500; at += 1) put(`other${at % 3}`, `a${at}`, 2000);
    expect(Array.from({ length: 5 }, (_, at) => has("pay", `x${at}`))).toEqual([true, true, true, true, true]);
  });

  test("counts in entries too", () => {
    for (let at = 0; at < 5; at += 1) put("pay", `x${at}`, 1);
    for (let at = 0; at < 500; at += 1) put(`other${at % 3}`, `a${at}`, 1);
    expect(cache.size).toBeLessThanOrEqual(100);
    expect(has("pay", "x0")).toBe(true);
  });
});

test("a session's answers, and those that nobody used, can be forgotten", () => {
  put("shop", "a", 10, 1);
  put("pay", "b", 10, 2);
  put("web", "c", 10, 9);
  cache.deleteSession(key("shop", "a").session);
  cache.dropUnused(5);
  expect([has("shop", "a"), has("pay", "b"), has("web", "c")]).toEqual([false, false, true]);
});

test("whatever is stored: the bounds hold and the count is that of what is there", () => {
  const one = fc.record({
    namespace: fc.constantFrom("a", "b", "c", "d"),
    read: fc.nat({ max: 40 }),
    size: fc.nat({ max: 20_000 }),
    remove: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 200 }), (steps) => {
      cache = new AnswerCache({ entries: 20, bytes: 100_000 });
      steps.forEach(({ namespace, read, size, remove }, now) => {
        if (remove) cache.delete(key(namespace, String(read)));
        else put(namespace, String(read), size, now);
        expect(cache.bytes).toBeLessThanOrEqual(100_000);
        expect(cache.size).toBeLessThanOrEqual(20);
      });
      const there = ["a", "b", "c", "d"].flatMap((namespace) =>
        Array.from({ length: 41 }, (_, read) => cache.get(key(namespace, String(read)), 0)).filter(Boolean),
      );
      expect(cache.size).toBe(there.length);
      expect(cache.bytes).toBe(there.reduce((sum, entry) => sum + (entry?.found.value.size ?? 0) + overhead, 0));
    }),
  );
});
