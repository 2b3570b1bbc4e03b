import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { MountResponse } from "../../src/wire/provider.ts";
import { startBackend, type Backend } from "./backend.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient, type RawEnd, type RawRequest } from "./raw-client.ts";
import { attributesOf, canaryToken, finalCodes, listing, mountRequest, tokensKey, type Volume } from "./requests.ts";

let backend: Backend;
let daemon: Daemon;
let client: RawClient;

beforeAll(async () => {
  backend = await startBackend();
  daemon = await startDaemon();
  client = connectRaw(daemon.socket("keyferry"));
});

afterAll(async () => {
  client.close();
  await daemon.stop();
  await backend.close();
});

function mount(volume: Partial<Volume> = {}, change: RawRequest = {}): Promise<RawEnd> {
  return client.mount(mountRequest({ address: backend.address, ...volume }, change));
}

function shown(end: RawEnd): unknown {
  return {
    code: end.code,
    files: end.files.map(({ path, mode, contents }) => [path, mode, contents.toString("latin1")]),
  };
}

const db = { code: 0, files: [["db", 0o644, "s3cret"]] };
const tokens = JSON.stringify({ vault: { token: canaryToken, expirationTimestamp: "2030-01-01T00:00:00Z" } });

describe("a valid Mount", () => {
  test("A3 gives the file, its mode and one version", async () => {
    const end = await mount();
    expect(shown(end)).toEqual(db);
    expect(end.versions).toEqual([{ id: "db", version: "7" }]);
    expect(end.answer["error"]).toBeNull();
  });

  test.each([["{}"], [""]])("A4 takes secrets %j", async (secrets) => {
    expect(shown(await mount({}, { secrets }))).toEqual(db);
  });

  test("A5 takes tokens that travel as secrets, and no key for a credential", async () => {
    expect(shown(await mount({ tokens }, { secrets: JSON.stringify({ [tokensKey]: tokens }) }))).toEqual(db);
  });

  test("A6 keeps every byte", async () => {
    expect(shown(await mount({ objects: listing("bin") }))).toEqual({ code: 0, files: [["bin", 420, "\0\xff\n\x80"]] });
  });

  test("A22 makes nested paths", async () => {
    const end = await mount({ objects: "- {objectName: db, objectAlias: conf/db}" });
    expect(shown(end)).toEqual({ code: 0, files: [["conf/db", 420, "s3cret"]] });
  });

  test.each([
    ["0400", 256],
    ["0o644", 420],
    ['"0400"', 256],
  ])("A23 reads mode %s as %d", async (mode, bits) => {
    const end = await mount({ objects: `- {objectName: db, filePermission: ${mode}}` });
    expect(end.files.map((file) => file.mode)).toEqual([bits]);
  });

  test("A27 answers everything although the driver has it already", async () => {
    const current = [{ id: "db", version: "7" }];
    expect(shown(await mount({}, { current_object_version: current }))).toEqual(db);
  });

  test("A28 ignores what the driver believes to be mounted", async () => {
    const current = [
      { id: "", version: "" },
      { id: "db", version: "1" },
      { id: "db", version: "2" },
      { id: "x", version: "9" },
    ];
    expect(shown(await mount({}, { current_object_version: current }))).toEqual(db);
  });

  test("A29 needs none of what old drivers leave out at rotation", async () => {
    const more = { secretProviderClass: undefined, "csi.storage.k8s.io/ephemeral": undefined };
    expect(shown(await mount({ more }, { secrets: "{}" }))).toEqual(db);
  });

  test("A32 takes tokens from secrets alone", async () => {
    const end = await mount({ audience: "vault" }, { secrets: JSON.stringify({ [tokensKey]: tokens }) });
    expect(shown(end)).toEqual(db);
    expect(backend.seen.tokens).toContain(`Bearer ${canaryToken}`);
  });

  test("A34 uses the merged value of an overridden parameter", async () => {
    const end = await mount({ objects: listing("gone"), more: { objects: listing("db") } });
    expect(shown(end)).toEqual(db);
  });

  test("A44 reads a megabyte in one parameter", async () => {
    const end = await mount({ objects: `${listing("db")}#${"x".repeat(1 << 20)}\n` });
    expect(shown(end)).toEqual(db);
  });

  test("A25 gives the same versions twice, also after a restart", async () => {
    const objects = listing("db", "bin");
    const first = await mount({ objects });
    const second = await mount({ objects });
    const other = await startDaemon();
    const restarted = connectRaw(other.socket("keyferry"));
    const third = await restarted.mount(mountRequest({ address: backend.address, objects }));
    restarted.close();
    await other.stop();
    expect(second.versions).toEqual(first.versions);
    expect(third.versions).toEqual(first.versions);
  });

  test("A26 changes the version of what changed, and of nothing else", async () => {
    const objects = listing("changing", "bin");
    backend.objects.set("changing", { bytes: Buffer.from("old"), version: "1" });
    const before = await mount({ objects, pod: "a26-before" });
    backend.objects.set("changing", { bytes: Buffer.from("new"), version: "2" });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const after = await mount({ objects, pod: "a26-after" });
    expect(before.versions).toEqual([
      { id: "changing", version: "1" },
      { id: "bin", version: "1" },
    ]);
    expect(after.versions).toEqual([
      { id: "changing", version: "2" },
      { id: "bin", version: "1" },
    ]);
    expect(after.files[0]?.contents.toString()).toBe("new");
  });
});

describe("a Mount that must fail", () => {
  test("A7 says which object is not there, and gives no file", async () => {
    const end = await mount({ objects: listing("db", "gone") });
    expect(shown(end)).toEqual({ code: 5, files: [] });
    expect(end.details).toMatch(/^object 2 "gone" \(store backend\): /);
  });

  test("A8 names object and identity of a refusal", async () => {
    const end = await mount({ objects: listing("denied"), tokens });
    expect(end.code).toBe(7);
    expect(end.details).toMatch(/object 1 "denied".*shop\/web/);
    expect(end.details).not.toContain("canary");
  });

  test("A9 401 is UNAUTHENTICATED", async () => {
    backend.failWith([401]);
    expect((await mount({ pod: "a9", serviceAccount: "a9" })).code).toBe(16);
  });

  test.each([
    { is: "A14 nothing", change: { attributes: "" } },
    { is: "A14 half an object", change: { attributes: "{" } },
    { is: "A14 a list", change: { attributes: "[]" } },
    { is: "A14 null", change: { attributes: "null" } },
    { is: "A14 a number", change: { attributes: '{"hunter2":5}' } },
    { is: "A15 half of secrets", change: { secrets: "{" } },
    { is: "A15 a list of secrets", change: { secrets: "[]" } },
    { is: "A16 permission abc", change: { permission: "abc" } },
    { is: "A16 an empty permission", change: { permission: "" } },
  ])("$is is INVALID_ARGUMENT", async ({ change }) => {
    const end = await mount({}, change);
    expect(shown(end)).toEqual({ code: 3, files: [] });
    expect(end.details).toMatch(/malformed|permission/);
    expect(end.details).not.toContain("hunter2");
  });

  test("A17 an empty target path is refused", async () => {
    expect(shown(await mount({}, { target_path: "" }))).toMatchObject({ code: 3, files: [] });
  });

  test.each([
    { is: "A18 a parameter that is missing", more: { objects: undefined }, says: /parameter objects.*missing/ },
    { is: "A18 an unknown type", objects: "- {objectName: db, objectType: odd}", says: /object 1.*objectType/ },
    { is: "A18 bad YAML", objects: "- {objectName: db", says: /parameter objects/ },
    { is: "A18 an unknown field", objects: "- {objectName: db, jmespath: a}", says: /object 1 "db".*jmesPath/ },
    { is: "A18 an unknown parameter", more: { object: "x" }, says: /parameter object\b.*did you mean objects/ },
    { is: "A19 an empty list", objects: "[]", says: /objects/ },
    { is: "A19 nothing", objects: "", says: /objects/ },
    { is: "A23 mode 1000", objects: "- {objectName: db, filePermission: 1000}", says: /object 1 "db".*filePermission/ },
    { is: "A23 mode -1", objects: "- {objectName: db, filePermission: -1}", says: /object 1 "db".*filePermission/ },
  ])("$is is INVALID_ARGUMENT", async ({ objects, more, says }) => {
    const end = await mount({ ...(objects === undefined ? {} : { objects }), ...(more === undefined ? {} : { more }) });
    expect(shown(end)).toEqual({ code: 3, files: [] });
    expect(end.details).toMatch(says);
  });

  test.each([
    "../x",
    "/x",
    "..x",
    ".",
    "",
    "a//b",
    "a/",
    "./a",
    "a/../b",
    "a\0b",
    "x".repeat(256),
    `${"abc/".repeat(1024)}d`,
  ])("A20 the path %j is INVALID_ARGUMENT", async (path) => {
    const names = `- ${JSON.stringify({ objectName: "x/y/..", objectAlias: path === "" ? "./" : path })}`;
    const end = await mount({ objects: path === "" ? '- objectName: ""' : names });
    expect(shown(end)).toEqual({ code: 3, files: [] });
    expect(end.details).toMatch(/object 1/);
  });

  test.each([
    { is: "one path twice", second: "a" },
    { is: "a file that is also a folder", second: "a/b" },
  ])("A21 $is is INVALID_ARGUMENT naming both", async ({ second }) => {
    const objects = `- {objectName: db, objectAlias: a}\n- {objectName: bin, objectAlias: ${second}}`;
    const end = await mount({ objects });
    expect(shown(end)).toEqual({ code: 3, files: [] });
    expect(end.details).toMatch(/object 1/);
    expect(end.details).toMatch(/object 2/);
  });

  test("A30 a token that was not passed: names audience and tokenRequests", async () => {
    const end = await mount({ audience: "vault" });
    expect([9, 16]).toContain(end.code);
    expect(end.details).toMatch(/"vault".*tokenRequests/);
  });

  test("A31 … lists the audiences that are there, never a token", async () => {
    const end = await mount({ audience: "other", tokens });
    expect([9, 16]).toContain(end.code);
    expect(end.details).toMatch(/"other".*tokenRequests.*"vault"/);
    expect(end.details).not.toContain("canary");
  });

  test.each([["hunter2"], ['{"vault":{}}'], ['{"vault":"hunter2"}']])("A33 tokens %j", async (bad) => {
    const end = await mount({ tokens: bad });
    expect([3, 16]).toContain(end.code);
    expect(end.details).not.toContain("hunter2");
  });

  test("A24 one byte over the limit names size, limit and flag; exactly at the limit passes", async () => {
    const limit = 1 << 20;
    const encoded = (size: number) =>
      MountResponse.encode({
        objectVersion: [{ id: "f", version: "1" }],
        error: undefined,
        files: [{ path: "f", mode: 0o644, contents: Buffer.alloc(size) }],
      }).length;
    const fitting = limit - (encoded(limit - 100) - (limit - 100));
    const other = await startDaemon({ flags: ["--max-response-bytes", String(limit)] });
    const small = connectRaw(other.socket("keyferry"));
    const mountSized = (size: number) => {
      backend.objects.set(`of-${size}`, { bytes: Buffer.alloc(size, "x"), version: "1" });
      const objects = `- {objectName: of-${size}, objectAlias: f}`;
      return small.mount(mountRequest({ address: backend.address, objects }));
    };
    const at = await mountSized(fitting);
    const over = await mountSized(fitting + 1);
    small.close();
    await other.stop();
    expect([encoded(fitting), at.code, at.files[0]?.contents.length]).toEqual([limit, 0, fitting]);
    expect(finalCodes).toContain(over.code);
    expect(over.details).toMatch(/1048577 bytes.*1048576.*max-call-recv-msg-size/);
  });
});

test("a request is never echoed", async () => {
  const end = await mount({}, { attributes: attributesOf({ address: backend.address, objects: "hunter2: [" }) });
  expect(end.details).not.toContain("hunter2");
});
