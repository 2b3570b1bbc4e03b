import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { SendAnswer, SendRequest } from "../../../../src/http/send.ts";
import { findCloud } from "../../../../src/identity/azure/settings.ts";
import { MountError } from "../../../../src/model/error.ts";
import { Secret } from "../../../../src/model/secret.ts";
import { readRef } from "../../../../src/stores/azure/client.ts";
import type { AzureRef } from "../../../../src/stores/azure/objects.ts";
import { defaultSettings } from "../../../../src/model/setting.ts";
import { azureSettings } from "../../../../src/stores/azure/settings.ts";
import { startAzure, type FakeAzure, type FakeVaultContent } from "../../../fakes/azure.ts";
import { attributesOf, createMounting, textsOf } from "../../../fakes/mounting.ts";
import { VirtualClock } from "../../../fakes/virtual-clock.ts";
import { readVector } from "../../../vectors/vectors.ts";

const { fixture } = JSON.parse(readVector("azure/mounts.json")) as { readonly fixture: FakeVaultContent };
const tokens = JSON.stringify({ "api://AzureADTokenExchange": { token: "pod-jwt" } });
let azure: FakeAzure;

beforeAll(async () => {
  azure = await startAzure(fixture);
});

afterAll(() => azure.close());

const settings = () => ({
  "azure-vault-endpoint": azure.url,
  "azure-authority-endpoint": azure.url,
  "azure-metadata-endpoint": azure.url,
});

function mount(objects: string, store = "", more: Readonly<Record<string, string>> = {}) {
  const stores = `[{ name: v, kind: azure, vault: shop-prod, tenantId: tenant, clientId: client${store} }]`;
  const parameters = { stores, objects, "csi.storage.k8s.io/serviceAccount.tokens": tokens };
  return createMounting(undefined, { ...settings(), ...more }).mount(attributesOf(parameters), { dialect: "keyferry" });
}

const refusalOf = async (mounted: Promise<unknown>): Promise<string> => {
  const error: unknown = await mounted.catch((thrown: unknown) => thrown);
  return error instanceof MountError ? `${error.reason}: ${error.text}` : "";
};

describe("objects of the native language", () => {
  test("a secret, a key, a certificate, and its private key with the chain", async () => {
    const answer = await mount(
      [
        "- { objectName: plain }",
        "- { objectName: rsa2048, objectType: key }",
        "- { objectName: leaf, objectType: cert }",
        "- { objectName: pfx-kvstyle, objectAlias: tls.pem }",
      ].join("\n"),
    );
    const { plain, rsa2048 = "", leaf = "", "tls.pem": pem = "" } = textsOf(answer);
    expect(plain).toBe("hello");
    expect([rsa2048, leaf, pem].map((text) => text.split("\n", 1)[0])).toEqual([
      "-----BEGIN PUBLIC KEY-----",
      "-----BEGIN CERTIFICATE-----",
      "-----BEGIN PRIVATE KEY-----",
    ]);
    expect(answer.versions[0]).toEqual({ id: "plain", version: "226f745504314d5ddd58f68dd97bb8ba" });
  });

  test("a history is files below the path, newest first", async () => {
    const answer = await mount("- { objectName: multi, objectVersionHistory: 2, objectAlias: a/m }");
    expect(textsOf(answer)).toEqual({ "a/m/0": "six", "a/m/1": "four", "a/m/2": "three" });
    expect(answer.versions.map(({ id }) => id)).toEqual(["a/m/0", "a/m/1", "a/m/2"]);
  });

  test("a PFX as it is, in binary", async () => {
    const { files } = await mount("- { objectName: pfx-kvstyle, format: pfx }");
    const { value = "" } = fixture.secrets["pfx-kvstyle"]?.[0] ?? {};
    expect(Buffer.from(files[0]?.content.reveal() ?? []).toString("base64")).toBe(value.replace(/\s/g, ""));
  });

  test("jmesPath picks out of a secret", async () => {
    const { value = "" } = fixture.secrets["ctjson"]?.[0] ?? {};
    const [key = ""] = Object.keys(JSON.parse(value) as object);
    const texts = textsOf(await mount(`- { objectName: ctjson, jmesPath: '"${key}"', objectAlias: f }`));
    expect(texts["f"]).toBe(String((JSON.parse(value) as Readonly<Record<string, unknown>>)[key]));
  });

  test.each([
    ["a PFX of what is none", "- { objectName: plain, format: pfx }", /object_unusable: .*the object is no PFX/],
    ["a PFX with a password", "- { objectName: pfx-password }", /object_unusable/],
    [
      "a disabled version",
      `- { objectName: multi, objectVersion: 69969091d5a117a4e79ca11a7d2088ab }`,
      /object_unusable: .*SecretDisabled.*enable it/,
    ],
    ["an unknown object", "- { objectName: nope }", /object_not_found: .*404 SecretNotFound/],
    ["a name that is none", "- { objectName: a/b }", /it is no name of an object/],
    ["a version that is none", "- { objectName: plain, objectVersion: latest }", /it is no version/],
    ["a PFX of a key", "- { objectName: rsa2048, objectType: key, format: pfx }", /only the private half/],
  ])("%s is refused", async (_, objects, message) => {
    expect(await refusalOf(mount(objects))).toMatch(message);
  });
});

describe("settings of the native language", () => {
  test.each([
    ["an unknown cloud", ", cloud: AzureFoo", /field cloud.*write one of: AzurePublicCloud/],
    ["a bad tenant", ", tenantId: a/b", /field tenantId/],
  ])("%s", async (_, more, message) => {
    const stores = `[{ name: v, kind: azure, vault: shop, clientId: c${more.includes("tenantId") ? "" : ", tenantId: t"}${more} }]`;
    const mounting = createMounting(undefined, settings());
    const mounted = mounting.mount(attributesOf({ stores, objects: "- { objectName: plain }" }), {
      dialect: "keyferry",
    });
    expect(await refusalOf(mounted)).toMatch(message);
  });

  test("a vault by its URL, and one of another cloud", async () => {
    expect(textsOf(await mount("- { objectName: plain }"))).toEqual({ plain: "hello" });
    const stores = '[{ name: v, kind: azure, vault: "https://shop.vault.azure.cn", tenantId: t, clientId: c }]';
    const mounting = createMounting(undefined, settings());
    const mounted = mounting.mount(attributesOf({ stores, objects: "- { objectName: plain }" }), {
      dialect: "keyferry",
    });
    expect(await refusalOf(mounted)).toMatch(/Invalid vault name/);
  });

  test("the node's identities are for the namespaces that the operator lists", async () => {
    expect(await refusalOf(mount("- { objectName: plain }", ", auth: managed"))).toMatch(
      /not_permitted.*azure-managed-identity/,
    );
    const allowed = await mount("- { objectName: plain }", ", auth: managed", {
      "azure-managed-identity": "other, sh*",
    });
    expect(textsOf(allowed)).toEqual({ plain: "hello" });
  });
});

describe("a cloud that a file describes", () => {
  const folder = mkdtempSync(join(tmpdir(), "kf-cloud-"));
  const write = (name: string, content: object) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  const good = {
    name: "Stack",
    activeDirectoryEndpoint: "https://login.stack.test/",
    keyVaultDNSSuffix: "vault.stack.test:8443",
  };
  const run = (file: string, more: Readonly<Record<string, string>>) => {
    const parameters = {
      keyvaultName: "shop",
      tenantID: "t",
      clientID: "c",
      cloudName: "azurestackcloud",
      cloudEnvFileName: file,
    };
    const objects = "array:\n  - |\n    objectName: plain\n    objectType: secret\n";
    const attributes = { ...parameters, objects, "csi.storage.k8s.io/serviceAccount.tokens": tokens };
    return createMounting(undefined, { ...settings(), ...more }).mount(attributesOf(attributes), { dialect: "azure" });
  };

  test("is used from the operator's folder", async () => {
    const answer = await run(write("good.json", good), { "azure-cloud-files": folder });
    expect(textsOf(answer)).toEqual({ plain: "hello" });
  });

  test.each([
    ["another folder", "/etc/passwd", { "azure-cloud-files": folder }, /may not be used/],
    ["a way out of the folder", `${folder}/../x.json`, { "azure-cloud-files": folder }, /may not be used/],
    ["no folder", write("none.json", good), {}, /may not be used/],
    ["a missing file", join(folder, "missing.json"), { "azure-cloud-files": folder }, /cannot be read/],
    [
      "plain http",
      write("http.json", { ...good, activeDirectoryEndpoint: "http://x" }),
      { "azure-cloud-files": folder },
      /no cloud description with https/,
    ],
    [
      "a suffix with a path",
      write("path.json", { ...good, keyVaultDNSSuffix: "x/y" }),
      { "azure-cloud-files": folder },
      /no cloud description/,
    ],
  ])("is not from %s", async (_, file, more, message) => {
    expect(await refusalOf(run(file, more))).toMatch(message);
  });
});

describe("where a token goes", () => {
  const clock = new VirtualClock();
  const cloud = findCloud("AzurePublicCloud");
  const ref: AzureRef = { type: "secret", name: "db", version: "", history: 2, form: undefined };
  const read = async (answer: Partial<SendAnswer>) => {
    const asked: string[] = [];
    const send = (request: SendRequest): Promise<SendAnswer> => {
      asked.push(request.url.href);
      return Promise.resolve({ status: 200, headers: {}, body: Buffer.from("{}"), ...answer });
    };
    if (cloud === undefined) throw new Error("no cloud");
    const target = { cloud, tenantId: "t", login: { mode: "workload", clientId: "c" } } as const;
    const token = { token: Secret.fromText("t"), obtainedAt: 0, expiresAt: 1, kept: false, drop: () => undefined };
    const wiring = {
      send,
      outside: clock,
      settings: azureSettings(defaultSettings),
      identity: () => Promise.resolve(token),
    };
    const pod = { name: "p", namespace: "n", uid: "u", serviceAccount: "s" };
    const session = {
      key: "k" as never,
      params: undefined,
      pod,
      tokens: new Map(),
      chosenBy: "manifest" as const,
      secrets: new Map(),
    };
    const error: unknown = await readRef(
      ref,
      { name: "shop", target },
      session,
      wiring,
      new AbortController().signal,
    ).catch((thrown: unknown) => thrown);
    return { asked, error };
  };

  test("to the vault of that name in its cloud", async () => {
    const { asked } = await read({});
    expect(asked).toEqual(["https://shop.vault.azure.net/secrets/db/versions?api-version=7.4"]);
  });

  test("not to where a list continues on another host", async () => {
    const body = Buffer.from(JSON.stringify({ value: [], nextLink: "https://shop.vault.azure.net.evil.test/secrets" }));
    const { asked, error } = await read({ body });
    expect(asked).toHaveLength(1);
    expect(error).toMatchObject({ reason: "store_protocol", message: expect.stringMatching(/another host/) });
  });

  test("and a vault that asks for a token of somebody else is refused", async () => {
    const headers = { "www-authenticate": 'Bearer authorization="https://login.test/t", resource="https://evil.test"' };
    expect((await read({ status: 401, headers })).error).toMatchObject({ reason: "store_untrusted" });
    const own = {
      "www-authenticate": 'Bearer authorization="https://login.test/t", resource="https://vault.azure.net"',
    };
    expect((await read({ status: 401, headers: own })).error).toMatchObject({ reason: "identity_rejected" });
  });
});
