import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { MountError } from "../../../../src/model/error.ts";
import type { MountResponse } from "../../../../src/model/request.ts";
import { startKube, type FakeKube } from "../../../fakes/kube.ts";
import { startVault, type FakeVault } from "../../../fakes/vault.ts";
import type { Reply } from "../../../fakes/small-server.ts";
import { createMounting } from "../../../fakes/mounting.ts";

interface ScriptedReply {
  readonly code?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Call {
  readonly m: string;
  readonly u: string;
  readonly body?: string;
  readonly token?: string;
  readonly ns?: string;
}

interface Case {
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly permission: string;
  readonly target_path: string;
  readonly vault: Readonly<Record<string, ScriptedReply | readonly ScriptedReply[]>>;
  readonly login?: ScriptedReply;
  readonly expect: {
    readonly files?: readonly { readonly path: string; readonly mode: number; readonly b64: string }[];
    readonly object_version?: readonly { readonly id: string; readonly version: string }[];
    readonly code?: number;
  };
  readonly calls: readonly (string | Call)[];
}

const readCases = (provider: string) =>
  (
    JSON.parse(readFileSync(new URL(`../../../vectors/${provider}/cases.json`, import.meta.url), "utf8")) as {
      readonly cases: readonly Case[];
    }
  ).cases;
const cases = readCases("vault");

/** Where Keyferry differs on purpose, and how. */
const different: Readonly<Record<string, string>> = {
  "dynamic-not-shared-prefix": "two spellings of one path are one request, so that name and password belong together",
  "objects-wrong-case-keys": "a file without a name is refused here, and not only by the driver",
};

let vault: FakeVault;
let kube: FakeKube;

beforeEach(async () => {
  [vault, kube] = await Promise.all([startVault(), startKube()]);
  kube.secrets.set("csi/vault-csi-provider-hmac-key", { key: Buffer.from("a".repeat(32)).toString("base64") });
});

afterEach(async () => {
  await Promise.all([vault.close(), kube.close()]);
});

function replyOf({ code, headers, body }: ScriptedReply): Reply {
  const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  return { ...(code === undefined ? {} : { status: code }), ...(headers === undefined ? {} : { headers }), body: text };
}

function never(): never {
  throw new Error("no such case");
}

function isList(reply: ScriptedReply | readonly ScriptedReply[]): reply is readonly ScriptedReply[] {
  return Array.isArray(reply);
}

async function run(one: Case): Promise<MountResponse> {
  for (const [path, reply] of Object.entries(one.vault)) {
    vault.routes.set(path, isList(reply) ? reply.map(replyOf) : replyOf(reply));
  }
  if (one.login !== undefined) vault.login.answer = replyOf(one.login);
  const { mount } = createMounting(kube, { "vault-addr": vault.url });
  return mount(one.attributes, { permission: one.permission, targetPath: one.target_path });
}

/** Requests to Vault as the vectors write them, login first, the others in any order. */
function callsMade(): readonly Call[] {
  return vault.asked.map(({ method, url, body, headers }) => ({
    m: method,
    u: url,
    ...(body === "" ? {} : { body }),
    ...(headers["x-vault-token"] === undefined ? {} : { token: String(headers["x-vault-token"]) }),
    ...(headers["x-vault-namespace"] === undefined ? {} : { ns: String(headers["x-vault-namespace"]) }),
  }));
}

function byText(calls: readonly Call[]): readonly string[] {
  const shown = calls.map(({ m, u, body = "", token = "", ns = "" }) => [m, u, body, token, ns].join(" "));
  return shown.sort();
}

const good = cases.filter(({ id, expect: { files } }) => files !== undefined && different[id] === undefined);
const bad = cases.filter(({ expect: { files } }) => files === undefined);

describe("gives what the official provider gives", () => {
  test.each(good.map((one) => [one.id, one] as const))("%s", async (_, one) => {
    const { files, versions } = await run(one);
    expect(
      files.map(({ path, mode, content }) => ({ path, mode, b64: Buffer.from(content.reveal()).toString("base64") })),
    ).toEqual(one.expect.files?.map(({ path, mode, b64 }) => ({ path, mode, b64 })));
    expect(versions).toEqual(one.expect.object_version);
    const expected = one.calls.filter((call): call is Call => typeof call !== "string");
    expect(byText(callsMade())).toEqual(byText(expected));
  });
});

describe("fails where the official provider fails or crashes", () => {
  test.each(bad.map((one) => [one.id, one] as const))("%s", async (_, one) => {
    const error: unknown = await run(one).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "MountError" });
    expect((error as MountError).reason).not.toBe("internal");
    expect((error as MountError).text).not.toMatch(/s3cr3t|tr-jwt|tok\b/u);
  });
});

test("a file without a name is refused, with the object and the field", async () => {
  const one = cases.find(({ id }) => id === "objects-wrong-case-keys");
  await expect(run(one ?? never())).rejects.toMatchObject({ reason: "path_invalid" });
});

test("of two spellings of one path, both objects come from one answer", async () => {
  const one = cases.find(({ id }) => id === "dynamic-not-shared-prefix");
  const { files } = await run(one ?? never());
  expect(files.map(({ content }) => content.revealText())).toEqual(["u1", "p1"]);
});
