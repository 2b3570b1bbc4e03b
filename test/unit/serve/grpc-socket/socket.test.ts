import { spawn } from "node:child_process";
import { once } from "node:events";
import { link, lstat, mkdtemp, readdir, readFile, rename, rm, statfs, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { claimSocket } from "../../../../src/serve/grpc-socket/socket.ts";

let directory = "";
const cleanup: (() => unknown)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kf-"));
});

afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
  await rm(directory, { recursive: true, force: true });
});

/** Whoever only looks is gone before it is told anything. */
function greet(socket: Socket, word: string): void {
  socket.on("error", () => undefined);
  socket.end(word);
}

async function claim(name = "keyferry", where = directory) {
  const claimed = await claimSocket({
    directory: where,
    name,
    connected: (socket) => greet(socket, "ours"),
    failed: () => undefined,
  });
  cleanup.push(() => claimed.release());
  return claimed;
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

async function serveForeign(path: string): Promise<Server> {
  const server = createServer((socket) => greet(socket, "theirs"));
  server.listen(path);
  await once(server, "listening");
  cleanup.push(() => server.close());
  return server;
}

/** A socket file whose process ended without taking it away. */
async function leaveStale(path: string): Promise<void> {
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await once(spawn(process.execPath, ["-e", script]), "exit");
}

describe("claimSocket", () => {
  test("listens with mode 0600, leaves nothing else behind, and goes away when released", async () => {
    const claimed = await claim();
    expect(claimed.path).toBe(join(directory, "keyferry.sock"));
    expect((await lstat(claimed.path)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(["keyferry.sock"]);
    expect(await ask(claimed.path)).toBe("ours");
    expect(await claimed.held()).toBe(true);
    await claimed.release();
    expect(await readdir(directory)).toEqual([]);
    expect(await claimed.held()).toBe(false);
  });

  test("makes the directory", async () => {
    const claimed = await claim("keyferry", join(directory, "a", "b"));
    expect(await ask(claimed.path)).toBe("ours");
  });

  test("replaces a socket that nobody serves", async () => {
    const path = join(directory, "keyferry.sock");
    await leaveStale(path);
    expect(await ask(path)).toBe("ECONNREFUSED");
    await claim();
    expect(await ask(path)).toBe("ours");
    expect(await readdir(directory)).toEqual(["keyferry.sock"]);
  });

  test("leaves alone a socket that another process serves, and says which", async () => {
    const path = join(directory, "keyferry.sock");
    await serveForeign(path);
    const { ino } = await lstat(path);
    await expect(claim()).rejects.toThrow(`another process serves ${path}; stop it first`);
    expect((await lstat(path)).ino).toBe(ino);
    expect(await ask(path)).toBe("theirs");
    expect(await readdir(directory)).toEqual(["keyferry.sock"]);
  });

  test("leaves alone what is not a socket", async () => {
    const path = join(directory, "keyferry.sock");
    await writeFile(path, "precious");
    await expect(claim()).rejects.toThrow(`${path} is not a socket`);
    expect(await readFile(path, "utf8")).toBe("precious");
    expect(await readdir(directory)).toEqual(["keyferry.sock"]);
  });

  test("of two that start at once, one serves and the other says why not", async () => {
    const results = await Promise.allSettled([claim(), claim()]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await ask(join(directory, "keyferry.sock"))).toBe("ours");
  });

  test("does not take away a socket that another process put in its place", async () => {
    const claimed = await claim();
    const other = join(directory, "other");
    await serveForeign(other);
    await rename(other, claimed.path);
    expect(await claimed.held()).toBe(false);
    await claimed.release();
    expect(await ask(claimed.path)).toBe("theirs");
  });

  test("does not take away a successor's socket whose inode is the one of its own before", async () => {
    let [survived, reused] = [0, 0];
    for (let round = 0; round < 20; round += 1) {
      const older = await claim();
      const { ino } = await lstat(older.path);
      await older.release();
      const newer = await claim();
      if ((await lstat(newer.path)).ino === ino) reused += 1;
      await older.release();
      if (await newer.held()) survived += 1;
      await newer.release();
    }
    expect(survived).toBe(20);
    const ext4 = 0xef53;
    expect(reused).toBeGreaterThanOrEqual((await statfs(directory)).type === ext4 ? 1 : 0);
  });

  test("is released once: what comes after it stays, however much it looks alike", async () => {
    const claimed = await claim();
    const spare = join(directory, "spare");
    await link(claimed.path, spare);
    await claimed.release();
    await rename(spare, claimed.path);
    await claimed.release();
    expect(await readdir(directory)).toEqual(["keyferry.sock"]);
  });

  test("can be released twice, and when its file or directory has gone", async () => {
    const claimed = await claim();
    await rm(directory, { recursive: true });
    await claimed.release();
    await claimed.release();
    expect(await claimed.held()).toBe(false);
  });

  test("says how much too long a path is", async () => {
    const long = join(directory, "x".repeat(107 - directory.length - 1 - 13 + 1));
    await expect(claim("k", long)).rejects.toThrow(/is too long: Linux takes 107 bytes.* 1 bytes shorter/);
    await expect(readdir(long)).rejects.toThrow("ENOENT");
    expect(await ask((await claim("k", long.slice(0, -1))).path)).toBe("ours");
  });

  test.each(["", "a/b", "..", "a b", "x".repeat(31), "a\n"])("refuses the name %j", async (name) => {
    await expect(claim(name)).rejects.toThrow("cannot be a provider's name");
  });

  test("names the path and the cause when the directory is not one", async () => {
    await writeFile(join(directory, "file"), "");
    await expect(claim("keyferry", join(directory, "file"))).rejects.toThrow(
      `cannot listen on ${join(directory, "file", "keyferry.sock")}: `,
    );
  });
});
