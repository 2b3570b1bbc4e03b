import { expect, test } from "@jest/globals";
import { Secret } from "../../../../src/model/secret.ts";
import { ConfigMemory, type KnownConfig } from "../../../../src/stores/doppler/config-memory.ts";
import { VirtualClock } from "../../../fakes/virtual-clock.ts";

const signal = new AbortController().signal;
const MiB = 1 << 20;

function config(bytes: number): KnownConfig {
  return { body: new Secret(new Uint8Array(bytes)), secrets: undefined, etag: undefined };
}

async function fill(memory: ConfigMemory, owner: string, key: string, bytes: number): Promise<boolean> {
  let asked = false;
  await memory.get({ key, interval: 60_000, owner }, signal, () => {
    asked = true;
    return Promise.resolve(config(bytes));
  });
  return asked;
}

test("one namespace keeps 8 MiB, and gives up its own oldest first", async () => {
  const memory = new ConfigMemory(new VirtualClock());
  await fill(memory, "other", "x", 3 * MiB);
  for (const key of ["a", "b", "c"]) await fill(memory, "shop", key, 3 * MiB);
  expect(memory.size).toBeLessThan(9 * MiB + 2_000);
  expect(await fill(memory, "other", "x", 3 * MiB)).toBe(false);
  expect(await fill(memory, "shop", "a", 3 * MiB)).toBe(true);
});

test("all together keep 32 MiB", async () => {
  const memory = new ConfigMemory(new VirtualClock());
  for (let at = 0; at < 20; at += 1) await fill(memory, `ns-${at}`, `k${at}`, 7 * MiB);
  expect(memory.size).toBeLessThanOrEqual(32 * MiB);
});

test("equal questions under way are one, and a failure is kept for nobody", async () => {
  const memory = new ConfigMemory(new VirtualClock());
  let calls = 0;
  const ask = () => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error("down")) : Promise.resolve(config(1));
  };
  const order = { key: "k", interval: 60_000, owner: "shop" };
  const ended = await Promise.allSettled([memory.get(order, signal, ask), memory.get(order, signal, ask)]);
  expect(ended.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(calls).toBe(1);
  await memory.get(order, signal, ask);
  expect(calls).toBe(2);
});
