import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { acceptAnswer, mountOver } from "../../../src/driver/client.ts";
import { MountResponse, type MountRequest } from "../../../src/wire/provider.ts";
import { startBareProvider, type BareAnswer, type BareProvider } from "../../driver/bare-provider.ts";

const request: MountRequest = {
  attributes: '{"a":"b"}',
  secrets: "null",
  targetPath: "/x",
  permission: "420",
  currentObjectVersion: [{ id: "db", version: "6" }],
};
const good = {
  objectVersion: [{ id: "db", version: "7" }],
  files: [{ path: "db", mode: 420, contents: Buffer.from([0, 255, 10]) }],
};

let root: string;
let socket: string;
let provider: BareProvider | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keyferry-client-"));
  socket = join(root, "p.sock");
});

afterEach(() => {
  provider?.close();
  provider = undefined;
  rmSync(root, { recursive: true });
});

async function serve(answer: (call: number) => BareAnswer): Promise<BareProvider> {
  provider = await startBareProvider(socket, (_, call) => answer(call));
  return provider;
}

describe("mountOver", () => {
  test("sends every field and gives the whole answer", async () => {
    const { received } = await serve(() => good);
    expect(await mountOver(socket, request)).toEqual({ ...good, error: undefined });
    expect(received).toEqual([request]);
  });

  test.each([2, 3, 5, 7, 9, 13, 16, 1, 4, 8, 10])("passes status %d on as it is, at the first try", async (code) => {
    const { received } = await serve(() => ({ code, details: "object 1: no" }));
    await expect(mountOver(socket, request, { retryPause: 5 })).rejects.toMatchObject({
      name: "DriverFailure",
      code,
      message: "object 1: no",
      errorType: "GRPCProviderError",
    });
    expect(received).toHaveLength(1);
  });

  test("tries three times, and no more, while the provider is unavailable", async () => {
    const { received } = await serve(() => ({ code: 14, details: "not now" }));
    await expect(mountOver(socket, request, { retryPause: 5 })).rejects.toMatchObject({ code: 14 });
    expect(received).toHaveLength(3);
  });

  test("is content when the third try succeeds", async () => {
    await serve((call) => (call < 3 ? { code: 14, details: "not now" } : good));
    expect(await mountOver(socket, request, { retryPause: 5 })).toMatchObject({ files: good.files });
  });

  test("takes an answer of exactly the limit and refuses a byte more", async () => {
    await serve(() => good);
    const size = MountResponse.encode(good).length;
    expect(await mountOver(socket, request, { limit: size })).toMatchObject({ files: good.files });
    await expect(mountOver(socket, request, { limit: size - 1 })).rejects.toMatchObject({
      code: 8,
      message: expect.stringMatching(new RegExp(`larger than max.*${size}.*${size - 1}`)) as unknown,
    });
  });

  test("gives up at the deadline, and the provider learns of it", async () => {
    const { cancelled } = await serve(() => "silence");
    await expect(mountOver(socket, request, { deadline: Date.now() + 150 })).rejects.toMatchObject({ code: 4 });
    await cancelled;
  });

  test("waits for a socket that nobody answers, until the deadline", async () => {
    await expect(mountOver(socket, request, { deadline: Date.now() + 150 })).rejects.toMatchObject({ code: 4 });
  });

  test("waits until a provider comes", async () => {
    const waiting = mountOver(socket, request, { deadline: Date.now() + 15_000 });
    await serve(() => good);
    expect(await waiting).toMatchObject({ files: good.files });
  });

  test.each([{ is: "before", early: true }, { is: "during" }])("ends when told to, $is the call", async ({ early }) => {
    const stop = new AbortController();
    if (early === true) stop.abort();
    provider = await startBareProvider(socket, () => {
      stop.abort();
      return "silence";
    });
    await expect(mountOver(socket, request, { signal: stop.signal })).rejects.toMatchObject({ code: 1 });
  });

  test("calls an answer that is no message what it is", async () => {
    const garbage: Server = createServer((connection) => {
      connection.on("error", () => undefined);
      connection.end("HTTP/1.1 200 OK\r\n\r\nhello");
    }).listen(socket);
    await new Promise((resolve) => garbage.once("listening", resolve));
    const calling = mountOver(socket, request, { deadline: Date.now() + 300, retryPause: 5 });
    await expect(calling).rejects.toMatchObject({ name: "DriverFailure" });
    garbage.close();
  });
});

describe("acceptAnswer", () => {
  const answer = MountResponse.decode(MountResponse.encode(good));

  test("gives the files, also none", () => {
    expect(acceptAnswer(answer)).toEqual(good.files);
    expect(acceptAnswer({ ...answer, error: { code: "" } })).toEqual(good.files);
    expect(acceptAnswer({ ...answer, files: [] })).toEqual([]);
  });

  test("takes an error code first, then missing versions", () => {
    const bad = { ...answer, objectVersion: [] };
    expect(() => acceptAnswer({ ...bad, error: { code: "Broken" } })).toThrow(
      expect.objectContaining({ code: 2, errorType: "Broken" }),
    );
    expect(() => acceptAnswer(bad)).toThrow(expect.objectContaining({ code: 2, errorType: "GRPCProviderError" }));
  });
});
