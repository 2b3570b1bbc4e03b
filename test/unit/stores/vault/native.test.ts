import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import { startVault, vaultData, vaultJson, type FakeVault } from "../../../fakes/vault.ts";
import { attributesOf, createMounting, textsOf, type Mounting } from "../../../fakes/mounting.ts";
import { connectedStores } from "../../../fakes/connected.ts";

let vault: FakeVault;
let mounting: Mounting;

beforeEach(async () => {
  vault = await startVault();
  mounting = createMounting(undefined, {});
});

afterEach(() => vault.close());

const mount = (objects: string, store = "", stores?: string) =>
  mounting.mount(
    attributesOf({
      stores: stores ?? `[{ name: v, kind: vault, address: "${vault.url}", role: shop${store} }]`,
      objects,
    }),
    { dialect: "keyferry" },
  );
const refusalOf = async (mounted: Promise<unknown>): Promise<string> => {
  const error: unknown = await mounted.catch((thrown: unknown) => thrown);
  return error instanceof MountError ? error.text : "";
};

const metadata = (version: number) => ({
  version,
  created_time: `2026-01-0${version}T00:00:00Z`,
  custom_metadata: null,
});

describe("objects", () => {
  beforeEach(() => {
    vault.routes.set("/v1/secret/data/db", vaultData({ data: { pw: "p", n: 10, o: { a: 1 } }, metadata: metadata(3) }));
    vault.routes.set("/v1/kv/db", vaultData({ pw: "p1", data: "text" }));
  });

  test.each([
    ["jmesPath into a KV version 2 secret", "objectName: secret/data/db, jmesPath: data.pw", "p"],
    ["its version", "objectName: secret/data/db, jmesPath: metadata.version", "3"],
    ["a key of it", "objectName: secret/data/db, key: pw", "p"],
    ["a key that is a number", "objectName: secret/data/db, key: n", "10"],
    ["a key of an object, and jmesPath into it", "objectName: secret/data/db, key: o, jmesPath: a", "1"],
    ["a key of a KV version 1 secret", "objectName: kv/db, key: pw", "p1"],
    ["all of the data", "objectName: kv/db", '{"data":"text","pw":"p1"}'],
  ])("%s", async (_, fields, expected) => {
    expect(textsOf(await mount(`- { ${fields}, objectAlias: f }`))).toEqual({ f: expected });
  });

  test("objects of one path are one read, with versions of their own", async () => {
    const { versions } = await mount(
      "- { objectName: secret/data/db, key: pw, objectAlias: a }\n- { objectName: secret/data/db, key: n, objectAlias: b }",
    );
    expect(vault.calls()).toHaveLength(2);
    expect(new Set(versions.map(({ version }) => version)).size).toBe(2);
  });

  test("a version of a KV version 2 secret is asked for", async () => {
    await mount("- { objectName: secret/data/db, objectVersion: 2, key: pw, objectAlias: f }");
    expect(vault.calls()).toContain("GET /v1/secret/data/db?version=2");
  });

  test("arguments are sent", async () => {
    vault.routes.set("POST /v1/pki/issue/web", vaultData({ certificate: "C" }));
    await mount("- { objectName: pki/issue/web, method: POST, arguments: { common_name: a.test }, key: certificate }");
    expect(vault.asked.at(-1)).toMatchObject({ method: "POST", body: '{"common_name":"a.test"}' });
  });

  test("versions follow the store's own where it has one, and the content where it has none", async () => {
    const versions = async () => {
      await mounting.clock.advance(10 * 60_000);
      const { versions: all } = await mount("- { objectName: secret/data/db }\n- { objectName: kv/db }");
      return all.map(({ version }) => version);
    };
    const [two, one] = await versions();
    expect(await versions()).toEqual([two, one]);
    expect([two, one].join()).not.toMatch(/p1/u);
    vault.routes.set("/v1/secret/data/db", vaultData({ data: { pw: "q" }, metadata: metadata(4) }));
    vault.routes.set("/v1/kv/db", vaultData({ pw: "p2" }));
    const changed = await versions();
    expect([changed[0] === two, changed[1] === one]).toEqual([false, false]);
  });

  test("a key that is not there", async () => {
    expect(await refusalOf(mount("- { objectName: kv/db, key: nope }"))).toMatch(/kv\/db has no key "nope"/);
  });
});

describe("settings", () => {
  const object = "- { objectName: kv/db, key: pw }";

  test.each([
    ["no address", "[{ name: v, kind: vault, role: r }]", /field address.*it is missing/],
    ["no role", '[{ name: v, kind: vault, address: "https://v.test" }]', /field role.*it is missing/],
    ["a bad address", "[{ name: v, kind: vault, address: v.test, role: r }]", /does not start with https/],
    [
      "a certificate alone",
      '[{ name: v, kind: vault, address: "https://v", role: r, clientCertFile: /c }]',
      /stands alone/,
    ],
    ["two CAs", '[{ name: v, kind: vault, address: "https://v", role: r, ca: x, caFile: /c }]', /ca is there too/],
  ])("%s", async (_, stores, message) => {
    expect(await refusalOf(mount(object, "", stores))).toMatch(message);
  });

  test.each([
    ["method", "method: DELETE", /field method/],
    ["arguments of a GET", "arguments: { a: b }", /method is GET/],
    ["version", "objectVersion: newest", /field objectVersion/],
  ])("an object's %s", async (_, fields, message) => {
    expect(await refusalOf(mount(`- { objectName: kv/db, ${fields} }`))).toMatch(message);
  });

  test("namespace and mount reach the server", async () => {
    vault.routes.set("/v1/kv/db", vaultData({ pw: "p" }));
    await mount(object, ", vaultNamespace: team/a, authMount: /team/jwt/");
    expect(vault.asked.map(({ url, headers }) => [url, headers["x-vault-namespace"]])).toEqual([
      ["/v1/auth/team/jwt/login", "team/a"],
      ["/v1/kv/db", "team/a"],
    ]);
  });
});

test.each([
  [
    "authMount: auth/kubernetes",
    /authMount .*: it starts with auth\/, which is added to it; write the mount's own path/,
  ],
  ['address: "https://v.test:8200/v1/"', /address .*: it ends with \/v1, which is added to it/],
  ['address: "https://v.test:8200/ui"', /address .*: it is that of the web interface/],
])("%s is refused, with what to write", async (fields, text) => {
  const address = fields.startsWith("address") ? "" : ', address: "https://v.test:8200"';
  const stores = `[{ name: v, kind: vault, role: r, ${fields}${address} }]`;
  expect(await refusalOf(mount("- { objectName: kv/db, objectAlias: f }", "", stores))).toMatch(text);
});

describe("several addresses", () => {
  test("the healthiest is asked, and another when it fails", async () => {
    const other = await startVault();
    for (const server of [vault, other]) server.routes.set("/v1/kv/db", vaultData({ pw: "p" }));
    vault.routes.set("/v1/sys/health", vaultJson({ sealed: true }, 503));
    const stores = `[{ name: v, kind: vault, address: ["${vault.url}", "${other.url}"], role: r }]`;
    expect(textsOf(await mount("- { objectName: kv/db, key: pw, objectAlias: f }", "", stores))).toEqual({ f: "p" });
    expect([vault.calls(), other.calls().at(-1)]).toEqual([["GET /v1/sys/health"], "GET /v1/kv/db"]);
    vault.routes.set("/v1/sys/health", vaultJson({}, 200));
    await other.close();
    await mounting.clock.advance(5 * 60_000);
    expect(textsOf(await mount("- { objectName: kv/db, key: pw, objectAlias: f }", "", stores))).toEqual({ f: "p" });
    expect(vault.calls().at(-1)).toBe("GET /v1/kv/db");
  });
});

test("a unix socket is an address, too: what the operator does not allow is not opened", () => {
  const params = { addresses: ["unix:///run/a.sock", "https://v.test:8200"], tls: { skipVerify: false } };
  const { store } = connectedStores().connectedOf("vault");
  expect(store.describe(params).addresses).toEqual(["unix:///run/a.sock", "v.test:8200"]);
});
