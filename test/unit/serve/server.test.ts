import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { realClock } from "../../../src/wiring/runtime.ts";
import { MountError } from "../../../src/model/error.ts";
import { defaultFileMode, parseObjectPath } from "../../../src/model/file.ts";
import type { MountCall, MountLimits, MountRequest, MountResponse } from "../../../src/model/request.ts";
import { Secret } from "../../../src/model/secret.ts";
import { createLog } from "../../../src/observe/log.ts";
import { drain } from "../../../src/serve/grpc-socket/drain.ts";
import { StreamTable } from "../../../src/serve/last-line/stream-table.ts";
import { startProviderServer, type ProviderServer } from "../../../src/serve/server.ts";
import { connectProvider } from "../../fakes/provider-client.ts";

let directory = "";
const cleanup: (() => unknown)[] = [];
const log = createLog({ level: "error", format: "text", write: () => undefined, now: () => 0 });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kf-"));
});

afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
  await rm(directory, { recursive: true, force: true });
});

async function start(mount: MountCall, name = "keyferry", mostBytes = 4_194_304): Promise<ProviderServer> {
  const settings = {
    name,
    directory,
    version: "1.2.3",
    mount,
    mostBytes,
    log,
    outside: realClock,
    socketLost: () => undefined,
    streams: new StreamTable(),
  };
  const server = await startProviderServer(settings);
  cleanup.push(() => server.close());
  return server;
}

function client(server: ProviderServer, authority?: string) {
  const made = connectProvider(server.path, authority === undefined ? {} : { authority });
  cleanup.push(() => made.close());
  return made;
}

function volume(content: string | Uint8Array): MountResponse {
  const path = parseObjectPath("db");
  const secret = new Secret(Buffer.from(content as Uint8Array));
  return {
    files: path === undefined ? [] : [{ path, mode: defaultFileMode, content: secret }],
    versions: [{ id: "db", version: "7" }],
  };
}

const echo: MountCall = ({ attributes }) => Promise.resolve(volume(attributes));

/** A Mount that ends when it is aborted, and tells when it began. */
function hanging() {
  const seen: MountLimits[] = [];
  const begun = Promise.withResolvers<undefined>();
  const aborted = Promise.withResolvers<undefined>();
  const mount: MountCall = (_, limits) =>
    new Promise((_resolve, reject) => {
      seen.push(limits);
      begun.resolve(undefined);
      limits.signal.addEventListener("abort", () => {
        aborted.resolve(undefined);
        reject(limits.signal.reason as Error);
      });
    });
  return { mount, seen, begun: begun.promise, aborted: aborted.promise };
}

function contents(ended: Awaited<ReturnType<ReturnType<typeof connectProvider>["mount"]>>): string {
  return "answer" in ended ? ended.answer.files.map((file) => file.contents.toString()).join() : `code ${ended.code}`;
}

describe("a provider's socket", () => {
  test.each(["v1alpha1", "v2", ""])("answers Version %j, also while Mounts hang", async (version) => {
    const { mount, begun } = hanging();
    const server = await start(mount);
    const driver = client(server);
    const hung = Array.from({ length: 50 }, () => driver.mount());
    await begun;
    expect(await driver.version(version)).toEqual({
      answer: { version: "v1alpha1", runtimeName: "keyferry", runtimeVersion: "1.2.3" },
    });
    await server.close();
    await Promise.all(hung);
  });

  test("hands the request over and the answer back, to the byte", async () => {
    const seen: MountRequest[] = [];
    const bytes = Buffer.from("00ff0a80", "hex");
    const server = await start((request) => {
      seen.push(request);
      return Promise.resolve(volume(bytes));
    });
    const request = { attributes: '{"a":"b"}', secrets: "null", targetPath: "/t", permission: "420" };
    const ended = await client(server).mount({ ...request, currentObjectVersion: [{ id: "x", version: "1" }] });
    expect(seen).toEqual([request]);
    expect(ended).toEqual({
      answer: {
        error: undefined,
        files: [{ path: "db", mode: 420, contents: bytes }],
        objectVersion: [{ id: "db", version: "7" }],
      },
    });
  });

  test("of two sockets each has its own Mount", async () => {
    const [aws, vault] = await Promise.all([
      start(() => Promise.resolve(volume("from aws")), "aws"),
      start(() => Promise.resolve(volume("from vault")), "vault"),
    ]);
    expect(contents(await client(aws).mount())).toBe("from aws");
    expect(contents(await client(vault).mount())).toBe("from vault");
  });

  test("sends a failure's code and text, line breaks and all", async () => {
    const server = await start(() => Promise.reject(new MountError("access_denied", 'no "ä" 100%\nfor you')));
    expect(await client(server).mount()).toEqual({ code: 7, message: 'no "ä" 100%\nfor you' });
  });

  test("sends the longest message whole", async () => {
    const server = await start(() => Promise.reject(new MountError("internal", "€".repeat(9999))));
    expect(await client(server).mount()).toEqual({ code: 13, message: `${"€".repeat(1364)}…` });
  });

  test("takes 5 MiB in and gives 5 MiB out, and refuses to give more than the limit with a final code", async () => {
    const large = "x".repeat(5 << 20);
    const open = await start(echo, "open", 6 << 20);
    expect(contents(await client(open).mount({ attributes: large }))).toHaveLength(5 << 20);
    const tight = await start(echo, "tight", 4 << 20);
    expect(await client(tight).mount({ attributes: large })).toMatchObject({ code: 9 });
  });

  test("refuses an unknown method and what is not protobuf, and stays up", async () => {
    const driver = client(await start(echo));
    expect(await driver.call("/v1alpha1.CSIDriverProvider/Unmount", Buffer.alloc(0))).toMatchObject({ code: 12 });
    expect(await driver.call("/v1alpha1.Other/Mount", Buffer.alloc(0))).toMatchObject({ code: 12 });
    const garbage = Buffer.from("0affffffff0f", "hex");
    expect(await driver.call("/v1alpha1.CSIDriverProvider/Mount", garbage)).toMatchObject({ code: 13 });
    expect(contents(await driver.mount({ attributes: "fine" }))).toBe("fine");
  });

  test.each([
    ["nothing", ""],
    ["another protocol", "GET / HTTP/1.1\r\n\r\n"],
    ["garbage after the preface", `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${"\u00ff".repeat(100)}`],
  ])("outlives a caller that says %s and leaves", async (_, said) => {
    const server = await start(echo);
    const socket = connect(server.path);
    socket.on("error", () => undefined);
    socket.end(said);
    socket.resume();
    await once(socket, "close");
    expect(contents(await client(server).mount({ attributes: "fine" }))).toBe("fine");
  });
});

describe("a caller's limits", () => {
  test("its deadline comes through; without one there is none", async () => {
    const seen: MountLimits[] = [];
    const server = await start((_, limits) => {
      seen.push(limits);
      return Promise.resolve(volume("x"));
    });
    const deadline = realClock.now() + 60_000;
    await client(server).mount({}, { deadline });
    await client(server).mount();
    expect(Math.abs((seen[0]?.deadline ?? 0) - deadline)).toBeLessThan(5000);
    expect(seen[1]?.deadline).toBeUndefined();
  });

  test("a Mount that ignores its deadline still ends with a final code", async () => {
    const server = await start(() => new Promise(() => undefined));
    expect(await client(server).mount({}, { deadline: realClock.now() + 300 })).toMatchObject({ code: 9 });
  });

  test("cancelling aborts the Mount, and the next one works", async () => {
    const { mount, seen, begun, aborted } = hanging();
    const server = await start((request, limits) =>
      request.attributes === "" ? mount(request, limits) : echo(request, limits),
    );
    const driver = client(server);
    const cancel = new AbortController();
    const ended = driver.mount({}, { signal: cancel.signal });
    await begun;
    cancel.abort();
    expect(await ended).toMatchObject({ code: 1 });
    await aborted;
    expect(seen[0]?.signal.reason).toMatchObject({ reason: "cancelled" });
    expect(contents(await driver.mount({ attributes: "fine" }))).toBe("fine");
    await server.idle();
    expect(server.inFlight).toBe(0);
  });

  test("a lost connection aborts the Mount", async () => {
    const { mount, begun, aborted } = hanging();
    const server = await start(mount);
    const driver = connectProvider(server.path);
    const ended = driver.mount();
    await begun;
    driver.close();
    const second = connect(server.path);
    second.destroy();
    await server.close();
    await aborted;
    expect(await ended).toHaveProperty("code");
  });
});

describe("a driver before 1.6, which names its socket's path as :authority", () => {
  test("gets 200 answers over one connection, many at once", async () => {
    const server = await start(echo);
    const old = client(server, server.path);
    for (let round = 0; round < 10; round++) {
      const asked = Array.from({ length: 20 }, (_, index) => `${round}.${index}.${"x".repeat(index * 1000)}`);
      const got = await Promise.all(asked.map((attributes) => old.mount({ attributes })));
      expect(got.map(contents)).toEqual(asked);
    }
  });

  test.each(["/a", "/var/run/x.sock", `/${"long".repeat(100)}`, "/w{ei}rd\\path"])(
    "that path may be %s",
    async (path) => {
      const server = await start(echo);
      expect(contents(await client(server, path).mount({ attributes: "fine" }))).toBe("fine");
    },
  );
});

describe("drain", () => {
  const settings = { grace: 10_000, outside: realClock, log };

  test("lets Mounts in flight finish, after the sockets are gone", async () => {
    const release = Promise.withResolvers<MountResponse>();
    const begun = Promise.withResolvers<undefined>();
    const server = await start(() => {
      begun.resolve(undefined);
      return release.promise;
    });
    const ended = client(server).mount();
    await begun.promise;
    const drained = drain([server], settings);
    await server.refuse();
    expect(await readdir(directory)).toEqual([]);
    expect(await server.held()).toBe(false);
    release.resolve(volume("done"));
    expect(contents(await ended)).toBe("done");
    expect(await drained).toBe(0);
  });

  test("cuts Mounts short when the grace period is over; they fail with a final code", async () => {
    const { mount, begun } = hanging();
    const servers = await Promise.all([start(mount, "one"), start(mount, "two")]);
    const ended = servers.map((server) => client(server).mount());
    await begun;
    await Promise.all(servers.map((server) => client(server).version()));
    expect(await drain(servers, { ...settings, grace: 50 })).toBe(2);
    expect(await Promise.all(ended)).toMatchObject([{ code: 9 }, { code: 9 }]);
    expect(await readdir(directory)).toEqual([]);
  });

  test("a Mount that will not even be cut short does not hold it up", async () => {
    const begun = Promise.withResolvers<undefined>();
    const server = await start(() => {
      begun.resolve(undefined);
      return new Promise(() => undefined);
    });
    const ended = client(server).mount();
    await begun.promise;
    expect(await drain([server], { ...settings, grace: 10 })).toBe(1);
    expect(await ended).toMatchObject({ code: 9 });
  });

  test("a new daemon takes over at the same path while the old one still finishes", async () => {
    const { mount, begun } = hanging();
    const old = await start(mount);
    const ended = client(old).mount();
    await begun;
    await old.refuse();
    const fresh = await start(echo);
    expect(contents(await client(fresh).mount({ attributes: "new" }))).toBe("new");
    await drain([old], { ...settings, grace: 10 });
    expect(await fresh.held()).toBe(true);
    expect(await ended).toMatchObject({ code: 9 });
    expect(contents(await client(fresh).mount({ attributes: "new" }))).toBe("new");
  });

  test("with nothing in flight it is done at once, and twice does no harm", async () => {
    const server = await start(echo);
    expect(contents(await client(server).mount({ attributes: "x" }))).toBe("x");
    expect(await drain([server], settings)).toBe(0);
    expect(await drain([server], settings)).toBe(0);
  });
});
