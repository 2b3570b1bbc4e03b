import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { checkSockets } from "../../../../src/cli/doctor/sockets.ts";
import { realClock } from "../../../../src/wiring/runtime.ts";
import { createLog } from "../../../../src/observe/log.ts";
import { StreamTable } from "../../../../src/serve/last-line/stream-table.ts";
import { startProviderServer } from "../../../../src/serve/server.ts";
import { leaveStaleSocket, startForeignProvider, startRawListener } from "../../../fakes/sockets.ts";

const cleanup: (() => unknown)[] = [];
const log = createLog({ level: "error", format: "text", write: () => undefined, now: () => 0 });
let first = "";
let second = "";

beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), "kf-"));
  [first, second] = [join(root, "etc"), join(root, "run")];
  await mkdir(first);
  await mkdir(second);
  cleanup.push(() => rm(root, { recursive: true, force: true }));
});

afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
});

function check(serve: readonly string[] = ["vault"], driverDirs = [first, second], ownDirs = [second], limit = 10_000) {
  return checkSockets({ driverDirs, ownDirs, serve, limit, now: () => Date.now() });
}

async function keyferry(directory: string, name = "vault") {
  const mount = () => Promise.reject(new Error("not asked"));
  const settings = {
    name,
    directory,
    version: "1.2.3",
    mount,
    mostBytes: 1_000,
    log,
    outside: realClock,
    socketLost: () => undefined,
    streams: new StreamTable(),
  };
  const server = await startProviderServer(settings);
  cleanup.push(() => server.close());
  return server.path;
}

async function foreign(directory: string, name = "vault") {
  const path = join(directory, `${name}.sock`);
  cleanup.push(await startForeignProvider(path, "vault-csi-provider", "1.5.0"));
  return path;
}

describe("the socket that the driver takes", () => {
  test("is Keyferry's own", async () => {
    const path = await keyferry(second);
    expect(await check()).toEqual([
      {
        check: "sockets",
        status: "ok",
        subject: "provider vault",
        found: `the driver takes ${path}, where keyferry 1.2.3 answers`,
      },
    ]);
  });

  test("is missing", async () => {
    expect(await check()).toEqual([
      expect.objectContaining({
        status: "problem",
        problem: `the driver finds no vault.sock in ${first}, ${second}`,
        fix: expect.stringMatching(/--serve vault/),
      }),
    ]);
  });

  test("is missing where the driver looks, and is elsewhere", async () => {
    const path = await keyferry(second);
    expect(await check(["vault"], [first])).toEqual([
      expect.objectContaining({ status: "problem", problem: expect.stringContaining(path) }),
    ]);
  });

  test("is a stale one that comes first, although another is served", async () => {
    const live = await keyferry(second);
    const stale = join(first, "vault.sock");
    await leaveStaleSocket(stale);
    const [finding, ...rest] = await check();
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ status: "problem", fix: expect.stringContaining(`rm ${stale}`) });
    expect(finding?.problem).toContain(`${stale}, where nobody listens, although ${live} is served`);
  });

  test("is another provider's, whose name is told", async () => {
    const path = await foreign(second);
    expect(await check()).toEqual([
      expect.objectContaining({
        status: "problem",
        problem: `the driver takes ${path}, where vault-csi-provider 1.5.0 answers, not Keyferry`,
        fix: expect.stringMatching(/DaemonSet/),
      }),
    ]);
  });

  test("is another provider's, although ours is behind it: the driver must start anew", async () => {
    const [path, live] = [await foreign(first), await keyferry(second)];
    const [finding, ...rest] = await check();
    expect([finding?.status, finding?.problem, rest]).toEqual(["problem", expect.stringContaining(live), []]);
    expect(finding?.fix).toMatch(new RegExp(`${path} .*restart the driver`));
  });

  test("is ours, and another provider's lies behind it", async () => {
    await keyferry(first);
    const path = await foreign(second);
    expect(await check()).toEqual([
      expect.objectContaining({ status: "ok" }),
      expect.objectContaining({ status: "warning", subject: path, fix: expect.stringMatching(/restart the driver/) }),
    ]);
  });

  test("is ours with a stale one behind it", async () => {
    await keyferry(first);
    await leaveStaleSocket(join(second, "vault.sock"));
    expect((await check()).map(({ status, subject }) => [status, subject])).toEqual([
      ["ok", "provider vault"],
      ["warning", join(second, "vault.sock")],
    ]);
  });

  test("may be called by others", async () => {
    const path = await keyferry(second);
    await chmod(path, 0o666);
    const [, mode] = await check();
    expect(mode).toMatchObject({ status: "warning", subject: path, fix: `chmod 0600 ${path}` });
    expect(mode?.problem).toContain("0666");
  });

  test("is reached through a link, as the driver follows it", async () => {
    await symlink(await keyferry(second, "keyferry"), join(first, "vault.sock"));
    expect((await check()).map(({ status }) => status)).toEqual(["ok", "ok"]);
  });

  test("is of a process that hangs", async () => {
    cleanup.push(await startRawListener(join(second, "vault.sock")));
    expect(await check(["vault"], [first, second], [second], 300)).toEqual([
      expect.objectContaining({ status: "problem", problem: expect.stringMatching(/gives no answer within 0.3 s/) }),
    ]);
    expect((await check(["keyferry"], [first, second], [second], 300)).map(({ status }) => status)).toEqual([
      "problem",
      "warning",
    ]);
  });

  test.each([
    { is: "hangs up", connected: (socket: { destroy(): void }) => socket.destroy() },
    { is: "speaks another language", connected: (socket: { end(text: string): void }) => socket.end("220 hello\r\n") },
  ])("is of a process that $is", async ({ connected }) => {
    cleanup.push(await startRawListener(join(second, "vault.sock"), connected));
    expect(await check()).toEqual([
      expect.objectContaining({ status: "problem", problem: expect.stringMatching(/does not speak|gives no answer/) }),
    ]);
  });

  test("cannot be looked at", async () => {
    const path = join(second, "vault.sock");
    await symlink(path, path);
    expect(await check()).toEqual([
      expect.objectContaining({
        status: "problem",
        problem: expect.stringMatching(/may not look at \(too many symbolic links/),
      }),
    ]);
    expect((await check(["keyferry"])).map(({ status }) => status)).toEqual(["problem", "skipped"]);
  });

  test("is no socket", async () => {
    await writeFile(join(second, "vault.sock"), "");
    expect(await check()).toEqual([
      expect.objectContaining({ status: "problem", problem: expect.stringMatching(/is no socket/) }),
    ]);
  });
});

describe("sockets of names that the daemon does not serve", () => {
  test("are told with whom they belong to, and when nobody listens", async () => {
    await keyferry(second);
    const live = await foreign(second, "aws");
    const stale = join(first, "gcp.sock");
    await leaveStaleSocket(stale);
    await writeFile(join(first, "notes.txt"), "");
    const [, ...others] = await check();
    expect(others).toEqual([
      expect.objectContaining({ status: "warning", subject: stale }),
      expect.objectContaining({
        status: "ok",
        subject: live,
        found: expect.stringMatching(/vault-csi-provider 1.5.0/),
      }),
    ]);
  });
});

test("a name that another process gave is shown short", async () => {
  const path = join(second, "vault.sock");
  cleanup.push(await startForeignProvider(path, "x".repeat(5_000), ""));
  const [finding] = await check();
  expect(finding?.problem?.length).toBeLessThan(400);
});
