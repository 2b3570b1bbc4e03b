import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { MountError } from "../../../../src/model/error.ts";
import type { MountResponse } from "../../../../src/model/request.ts";
import { startAzure, type FakeAzure, type FakeVaultContent } from "../../../fakes/azure.ts";
import { createMounting } from "../../../fakes/mounting.ts";
import { readVector } from "../../../vectors/vectors.ts";

interface Case {
  readonly id: string;
  readonly flags: "default" | "separate" | "separate-nochain";
  readonly attributes: string;
  readonly secrets: string;
  readonly permission: string;
  readonly expect: {
    readonly files?: readonly { readonly path: string; readonly mode: number; readonly b64: string }[];
    readonly object_version?: readonly (readonly [id: string, version: string])[];
    readonly code?: number;
  };
  readonly calls: readonly string[];
}

const { cases, fixture } = JSON.parse(readVector("azure/mounts.json")) as {
  readonly cases: readonly Case[];
  readonly fixture: FakeVaultContent;
};

/** Where Keyferry differs on purpose, and how. */
const refusedHere: Readonly<Record<string, string>> = {
  "perm-abc": "a mode that would silently be 0",
  "perm--1": "a mode that would silently be -1",
  "perm-7777": "a mode beyond the permission bits",
  "history-from-disabled": "no file where one was asked for",
  "history-unknown-plus-other": "no file where one was asked for",
  "odd-alias-./a": "a path that the driver refuses or breaks",
  "odd-alias-a/": "a path that the driver refuses or breaks",
  "odd-alias-.": "a path that the driver refuses or breaks",
  "odd-alias-aNULb": "a path that the driver refuses or breaks",
  "odd-prefix-conflict": "one name would be a file and a folder",
  "yaml-array-null": "nothing to mount",
  "yaml-Array": "nothing to mount",
  "yaml-null": "nothing to mount",
  "yaml-comment": "nothing to mount",
  "param-podid": "pod identity was retired by Azure",
};
const opened: Readonly<Record<string, string>> = {
  "managed-pfx-aes": "opened here",
  "managed-pfx-sha256mac": "opened here",
  "managed-pfx-plainbags": "opened here",
  "managed-pfx-dup-root": "the order of the bag",
  "managed-pfx-rootroot": "the order of the bag",
  "managed-pfx-nokey": "certificates alone",
  "managed-pfx-secp256k1": "opened here",
  "param-no-podname": "not needed here",
  "param-wi-badtime": "an expiry that cannot be read is passed over",
};

let azure: FakeAzure;

beforeAll(async () => {
  azure = await startAzure(fixture);
  azure.refused.set("wrong", 7_000_215);
});

afterAll(() => azure.close());

beforeEach(() => {
  azure.asked.length = 0;
});

function run({ attributes, secrets, permission, flags }: Case): Promise<MountResponse> {
  const { mount } = createMounting(undefined, {
    "azure-vault-endpoint": azure.url,
    "azure-authority-endpoint": azure.url,
    "azure-metadata-endpoint": azure.url,
    "azure-managed-identity": "*",
    ...(flags === "default" ? {} : { "azure-write-cert-and-key-in-separate-files": "true" }),
    ...(flags === "separate-nochain" ? { "azure-construct-pem-chain": "false" } : {}),
  });
  return mount(attributes, { dialect: "azure", permission, secrets, targetPath: "/t" });
}

const known = (id: string) => refusedHere[id] !== undefined || opened[id] !== undefined;
const good = cases.filter(({ id, expect: { files } }) => files !== undefined && !known(id));
const bad = cases.filter(({ id, expect: { files } }) => files === undefined && !known(id));
const byId = (ids: readonly string[]) =>
  cases.filter(({ id }) => ids.includes(id)).map((one) => [one.id, one] as const);

/** Reads of the vault, each once, as the vectors write them. */
function reads(calls: readonly string[]): readonly string[] {
  const ofVault = calls.flatMap(
    (call) => /GET (?:testkv\.vault\.azure\.net)?(\/(?:secrets|keys|certificates)\/\S+)/i.exec(call)?.[1] ?? [],
  );
  return [...new Set(ofVault)].sort();
}

describe("gives what the official provider gives", () => {
  test.each(good.map((one) => [one.id, one] as const))("%s", async (_, one) => {
    const { files, versions } = await run(one);
    const shown = files.map(({ path, mode, content }) => ({
      path,
      mode,
      b64: Buffer.from(content.reveal()).toString("base64"),
    }));
    expect(shown).toEqual(one.expect.files);
    const expected = new Map(one.expect.object_version?.map(([id, version]) => [id, { id, version }] as const));
    expect(versions).toEqual([...expected.values()]);
    expect(reads(azure.calls())).toEqual(reads(one.calls));
  });
});

describe("fails where the official provider fails", () => {
  test.each(bad.map((one) => [one.id, one] as const))("%s", async (_, one) => {
    const error: unknown = await run(one).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "MountError" });
    expect((error as MountError).reason).not.toBe("internal");
    expect((error as MountError).text).not.toMatch(/canary|sa\.jwt\.token|c wrong/u);
  });
});

describe("refuses what would harm", () => {
  test.each(byId(Object.keys(refusedHere)))("%s", async (_, one) => {
    await expect(run(one)).rejects.toMatchObject({ name: "MountError" });
  });
});

describe("opens what the official provider cannot", () => {
  test.each(byId(Object.keys(opened)))("%s", async (id, one) => {
    const { files } = await run(one);
    const pem = files[0]?.content.revealText() ?? "";
    expect(
      id.startsWith("managed") ? /^-----BEGIN (?:PRIVATE KEY|CERTIFICATE)-----\n/.test(pem) : pem === "hello",
    ).toBe(true);
  });
});
