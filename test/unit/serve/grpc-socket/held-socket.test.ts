import { mkdtemp, readdir, rename, rm, unlink, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { holdSocket } from "../../../../src/serve/grpc-socket/held-socket.ts";
import { realClock } from "../../../../src/wiring/runtime.ts";
import { startRawListener } from "../../../fakes/sockets.ts";

let directory = "";
const cleanup: (() => unknown)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kf-"));
});

afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
  await rm(directory, { recursive: true, force: true });
});

async function hold() {
  const events: string[] = [];
  const held = await holdSocket({
    directory,
    name: "keyferry",
    outside: realClock,
    connected: (socket: Socket) => {
      socket.on("error", () => undefined);
      socket.end("ours");
    },
    failed: () => undefined,
    lost: () => void events.push("lost"),
    contested: (_, problem) => void events.push(problem),
    regained: () => void events.push("regained"),
  });
  cleanup.push(() => held.release());
  return { held, events };
}

function ask(path: string): Promise<string> {
  return new Promise((resolve) => {
    let got = "";
    const socket = connect(path);
    socket.on("data", (chunk) => (got += chunk.toString()));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    socket.on("close", () => resolve(got));
  });
}

/** Milliseconds until the condition holds; fails after ten seconds. */
async function until(condition: () => boolean): Promise<number> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > 10_000) throw new Error("it never came");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - start;
}

describe("a socket that is held", () => {
  test("is back within a second when its file is removed", async () => {
    const { held, events } = await hold();
    await unlink(held.path);
    expect(await until(() => events.includes("regained"))).toBeLessThan(1000);
    expect([await ask(held.path), await held.held()]).toEqual(["ours", true]);
    expect(events).toEqual(["lost", "regained"]);
  });

  test("is back when its folder is removed", async () => {
    const { held, events } = await hold();
    await rm(directory, { recursive: true });
    await until(() => events.includes("regained"));
    expect(await ask(held.path)).toBe("ours");
  });

  test("is left to another process that serves it, and had back when that one is gone", async () => {
    const { held, events } = await hold();
    const other = join(directory, "other");
    const close = await startRawListener(other, (socket) => socket.end("theirs"));
    cleanup.push(close);
    await rename(other, held.path);
    await until(() => events.length === 2);
    expect([await ask(held.path), await held.held()]).toEqual(["theirs", false]);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await close();
    await until(() => events.includes("regained"));
    expect(await ask(held.path)).toBe("ours");
    expect(events).toEqual(["lost", expect.stringContaining("another process serves"), "regained"]);
  });

  test("is released while it cannot be had, and whatever lies there stays", async () => {
    const { held, events } = await hold();
    await unlink(held.path);
    await writeFile(held.path, "precious");
    await until(() => events.length === 2);
    await held.release();
    expect(await readdir(directory)).toEqual(["keyferry.sock"]);
    expect(events).toEqual(["lost", expect.stringContaining("is not a socket")]);
  });

  test("does not come back after its release", async () => {
    const { held, events } = await hold();
    await held.release();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect([events, await readdir(directory)]).toEqual([[], []]);
  });
});
