import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startBackend, type Backend } from "./backend.ts";
import { startDaemon, testMain } from "./daemon.ts";
import { connectRaw } from "./raw-client.ts";
import { finalCodes, listing, mountRequest } from "./requests.ts";

let backend: Backend;

beforeAll(async () => {
  backend = await startBackend();
});

afterAll(() => backend.close());

/** A socket that is there although nobody listens: its process was killed. */
function leaveStaleSocket(path: string): void {
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
}

describe("the service", () => {
  test.each(["v1alpha1", "v2", ""])("A2 answers Version %j alike", async (version) => {
    const daemon = await startDaemon();
    const client = connectRaw(daemon.socket("keyferry"));
    const end = await client.version(version);
    client.close();
    expect(end).toMatchObject({ code: 0, answer: { version: "v1alpha1", runtime_name: "keyferry" } });
    expect(await daemon.stop()).toBe(0);
  });

  test("A38 refuses what it does not know and stays up", async () => {
    const daemon = await startDaemon();
    const client = connectRaw(daemon.socket("keyferry"));
    const unknown = await client.send("/v1alpha1.CSIDriverProvider/Unmount", Buffer.alloc(0));
    const garbage = await client.send("/v1alpha1.CSIDriverProvider/Mount", Buffer.from([0x0a, 0xff, 0xff]));
    const valid = await client.mount(mountRequest({ address: backend.address }));
    client.close();
    await daemon.stop();
    expect([unknown.code, garbage.code, valid.code]).toEqual([12, 13, 0]);
  });

  test("goes on when nobody reads the log any more", async () => {
    const daemon = await startDaemon();
    daemon.process.stdout?.destroy();
    const client = connectRaw(daemon.socket("keyferry"));
    const ends = [];
    for (let call = 0; call < 3; call += 1) ends.push(await client.mount(mountRequest({ address: backend.address })));
    client.close();
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(await daemon.stop()).toBe(0);
  });

  test("A37 takes a socket path as :authority, as drivers before 1.6 send it", async () => {
    const daemon = await startDaemon();
    const socket = daemon.socket("keyferry");
    const client = connectRaw(socket, { "grpc.default_authority": socket });
    const ends = [];
    for (let call = 0; call < 20; call += 1) ends.push(await client.mount(mountRequest({ address: backend.address })));
    client.close();
    await daemon.stop();
    expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 0));
  });

  test("A39 tells by the socket which provider is meant", async () => {
    const daemon = await startDaemon({ flags: ["--serve", "one,two", "--serve", "keyferry"] });
    const answers = await Promise.all(
      ["one", "two", "keyferry"].map(async (name) => {
        const client = connectRaw(daemon.socket(name));
        const end = await client.mount(mountRequest({ address: backend.address }));
        client.close();
        return end.files[0]?.contents.toString();
      }),
    );
    await daemon.stop();
    expect(answers).toEqual(["one:s3cret", "two:s3cret", "s3cret"]);
  });
});

describe("the socket", () => {
  test("is nobody else's, and gone after a stop", async () => {
    const daemon = await startDaemon();
    const path = daemon.socket("keyferry");
    const mode = statSync(path).mode & 0o777;
    await daemon.stop();
    expect([mode, existsSync(path)]).toEqual([0o600, false]);
  });

  test("A40 replaces a stale one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kf-"));
    leaveStaleSocket(join(folder, "keyferry.sock"));
    const stale = statSync(join(folder, "keyferry.sock")).ino;
    const daemon = await startDaemon({ folder });
    const client = connectRaw(daemon.socket("keyferry"));
    const end = await client.mount(mountRequest({ address: backend.address }));
    const now = statSync(join(folder, "keyferry.sock"));
    client.close();
    await daemon.stop();
    expect(end.code).toBe(0);
    expect([now.ino === stale, now.mode & 0o777]).toEqual([false, 0o600]);
  });

  test("A41 leaves a live one of another process alone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kf-"));
    const path = join(folder, "keyferry.sock");
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(path, resolve));
    const before = statSync(path).ino;
    await expect(startDaemon({ folder })).rejects.toThrow(/exit [12]:.*another process serves .*keyferry\.sock/s);
    expect(statSync(path).ino).toBe(before);
    other.close();
  });

  test("is left alone where it is no socket at all", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kf-"));
    const path = join(folder, "keyferry.sock");
    writeFileSync(path, "precious");
    await expect(startDaemon({ folder })).rejects.toThrow(/keyferry\.sock/);
    expect(readFileSync(path, "utf8")).toBe("precious");
  });

  test("of a newer daemon survives the older one's stop", async () => {
    const older = await startDaemon();
    const path = older.socket("keyferry");
    // The newer one finds nothing there, and the older one is too slow to take its place back.
    const folder = older.folder;
    older.process.kill("SIGSTOP");
    rmSync(path);
    const newer = await startDaemon({ folder });
    older.process.kill("SIGCONT");
    expect(await older.stop()).toBe(0);
    expect(existsSync(path)).toBe(true);
    const client = connectRaw(path);
    expect((await client.mount(mountRequest({ address: backend.address }))).code).toBe(0);
    client.close();
    await newer.stop();
    expect(existsSync(path)).toBe(false);
  });
});

describe("a socket that somebody removes", () => {
  test("is served again within a second, named by a warning, and counted", async () => {
    const daemon = await startDaemon();
    const path = daemon.socket("keyferry");
    rmSync(path);
    const start = performance.now();
    while (!existsSync(path) && performance.now() - start < 5000)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(performance.now() - start).toBeLessThan(1000);
    const client = connectRaw(path);
    const end = await client.mount(mountRequest({ address: backend.address }));
    client.close();
    const metrics = await (await fetch(`${daemon.health}/metrics`)).text();
    const ready = (await fetch(`${daemon.health}/readyz`)).status;
    expect(await daemon.stop()).toBe(0);
    expect([end.code, ready]).toEqual([0, 200]);
    expect(metrics).toContain('keyferry_sockets_lost_total{dialect="keyferry"} 1');
    expect(daemon.output()).toMatch(/"level":"warn","message":"socket lost".*keyferry\.sock/);
    expect(existsSync(path)).toBe(false);
  });
});

describe("signals", () => {
  test("that come again do not end the daemon before its sockets are gone and its Mounts answered", async () => {
    const daemon = await startDaemon({ flags: ["--mount-timeout", "2s"] });
    const client = connectRaw(daemon.socket("keyferry"));
    const under = client.mount(mountRequest({ address: backend.address, objects: listing("slow") }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const ended = once(daemon.process, "exit");
    for (const signal of ["SIGINT", "SIGINT", "SIGTERM", "SIGINT"] as const) {
      daemon.process.kill(signal);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(finalCodes).toContain((await under).code);
    expect(await ended).toEqual([0, null]);
    expect(existsSync(daemon.socket("keyferry"))).toBe(false);
    expect(daemon.output()).toMatch(/"message":"signal received again"/);
    client.close();
  });

  test("are heeded when nobody takes the log out of its pipe", async () => {
    const daemon = await startDaemon({ flags: ["--log-level", "debug"] });
    daemon.process.stdout?.pause();
    const client = connectRaw(daemon.socket("keyferry"));
    const ends = new Set<number>();
    for (let round = 0; round < 20; round += 1) {
      const calls = Array.from({ length: 100 }, () => client.mount(mountRequest({ address: backend.address })));
      for (const { code } of await Promise.all(calls)) ends.add(code);
    }
    client.close();
    const start = performance.now();
    expect(await daemon.stop()).toBe(0);
    expect(performance.now() - start).toBeLessThan(5000);
    expect([...ends]).toEqual([0]);
  });
});

describe("A42 at SIGTERM", () => {
  test("Mounts under way finish", async () => {
    const daemon = await startDaemon();
    const client = connectRaw(daemon.socket("keyferry"));
    backend.failWith([503, 503]);
    const under = client.mount(
      mountRequest({ address: backend.address, pod: "finishing", serviceAccount: "finishing" }),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    const code = await daemon.stop();
    expect((await under).code).toBe(0);
    expect(code).toBe(0);
    expect(existsSync(daemon.socket("keyferry"))).toBe(false);
    client.close();
  });

  test("those that hang fail with a final code within the grace period", async () => {
    const daemon = await startDaemon({ flags: ["--mount-timeout", "3s"] });
    const client = connectRaw(daemon.socket("keyferry"));
    const under = client.mount(mountRequest({ address: backend.address, objects: listing("slow") }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = Date.now();
    expect(await daemon.stop()).toBe(0);
    expect(Date.now() - start).toBeLessThan(20_000);
    expect(finalCodes).toContain((await under).code);
    client.close();
  });
});

describe("wrong usage", () => {
  test.each([
    { is: "an unknown provider", words: ["--serve", "awss"], says: /--serve: there is no such provider.*keyferry/ },
    { is: "an unknown flag", words: ["--sreve", "x"], says: /sreve/ },
    { is: "a timeout that is none", words: ["--mount-timeout", "soon"], says: /--mount-timeout/ },
    { is: "a health address without port", words: ["--health-address", "localhost"], says: /--health-address/ },
    { is: "a configuration that is not there", words: ["--config", "/nowhere.yaml"], says: /nowhere\.yaml/ },
  ])("$is ends with exit code 2 and says so", ({ words, says }) => {
    const folder = mkdtempSync(join(tmpdir(), "kf-"));
    const run = spawnSync(process.execPath, [testMain, "serve", "--providers-dir", folder, ...words], {
      encoding: "utf8",
      timeout: 10_000,
    });
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(says);
  });
});
