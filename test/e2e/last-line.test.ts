import { existsSync } from "node:fs";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { startBackend, type Backend } from "./backend.ts";
import { startDaemon, type Daemon, type DaemonOptions } from "./daemon.ts";
import { connectRaw } from "./raw-client.ts";
import { finalCodes, listing, mountRequest } from "./requests.ts";

let backend: Backend;

beforeAll(async () => {
  backend = await startBackend();
});

afterAll(() => backend.close());

const daemons: Daemon[] = [];

afterEach(() => {
  for (const { process } of daemons.splice(0)) process.kill("SIGKILL");
});

async function launch(options: DaemonOptions = {}): Promise<Daemon> {
  const daemon = await startDaemon(options);
  daemons.push(daemon);
  return daemon;
}

const small = { NODE_OPTIONS: "--max-old-space-size=96 --max-semi-space-size=1" };

/** Mounts that wait for a store which never answers, on two connections; one more that does harm. */
async function harm(daemon: Daemon, name: string) {
  const path = daemon.socket("keyferry");
  const clients = [connectRaw(path), connectRaw(path)];
  const ask = (objects: string, pod: string, over = clients) =>
    over.map((client) =>
      client.mount(mountRequest({ address: backend.address, pod, serviceAccount: pod, objects: listing(objects) })),
    );
  const first = await Promise.all(ask("db", "before"));
  const waiting = ask("slow", "waiting");
  await new Promise((resolve) => setTimeout(resolve, 500));
  const harming = ask(name, "harming", clients.slice(0, 1));
  return {
    first,
    ends: Promise.all([...waiting, ...harming]),
    close: () => clients.forEach((client) => client.close()),
  };
}

/** The restarted container, on the folder that the dead one left. */
async function expectSuccessor(folder: string): Promise<void> {
  const start = performance.now();
  const next = await launch({ folder });
  const client = connectRaw(next.socket("keyferry"));
  const end = await client.mount(mountRequest({ address: backend.address }));
  client.close();
  expect(await next.stop()).toBe(0);
  expect(end.code).toBe(0);
  expect(performance.now() - start).toBeLessThan(10_000);
}

describe("a daemon that is about to fail", () => {
  test("because its event loop is held answers every Mount with a final code, then ends", async () => {
    const daemon = await launch();
    const ended = once(daemon.process, "exit");
    const { first, ends, close } = await harm(daemon, "hold-the-loop");
    const start = performance.now();
    const answers = await ends;
    expect(performance.now() - start).toBeLessThan(30_000);
    expect(first.map(({ code }) => code)).toEqual([0, 0]);
    expect(answers.map(({ code }) => code)).toEqual([13, 13, 13]);
    expect(answers[0]?.details).toMatch(/restarts; the mount is repeated$/);
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(daemon.output()).toMatch(
      /"level":"error","message":"restarting","problem":"the event loop[^\n]*"aborted":3/,
    );
    expect(existsSync(daemon.socket("keyferry"))).toBe(true);
    close();
    await expectSuccessor(daemon.folder);
  }, 60_000);

  test("because one turn of the loop uses up its heap answers every Mount with a final code, then ends", async () => {
    const daemon = await launch({ env: small });
    const ended = once(daemon.process, "exit");
    const { ends, close } = await harm(daemon, "eat-memory-at-once");
    const codes = (await ends).map(({ code }) => code);
    await ended;
    close();
    expect(codes).toEqual([13, 13, 13]);
    await expectSuccessor(daemon.folder);
  }, 60_000);

  test("because its heap fills up ends its Mounts with final codes, and refuses new ones", async () => {
    const daemon = await launch({ env: small });
    const { ends, close } = await harm(daemon, "eat-memory");
    const answers = await ends;
    for (const { code } of answers) expect(finalCodes).toContain(code);
    expect(answers[0]?.details).toMatch(/too little memory/);
    const client = connectRaw(daemon.socket("keyferry"));
    const late = await client.mount(mountRequest({ address: backend.address }));
    client.close();
    close();
    expect(finalCodes).toContain(late.code);
    expect(daemon.output()).toMatch(/"level":"warn","message":"memory is short"/);
  }, 60_000);
});
