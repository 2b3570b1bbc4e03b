import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import { attributesOf, createMounting, textsOf, type Mounting } from "../../../fakes/mounting.ts";
import type { Reply } from "../../../fakes/small-server.ts";
import { startVault, vaultData, vaultJson, type FakeVault } from "../../../fakes/vault.ts";

let vault: FakeVault;
let mounting: Mounting;

beforeEach(async () => {
  vault = await startVault();
  mounting = createMounting(undefined, {});
  const secret = (value: string) =>
    vaultData({ data: { value }, metadata: { version: 1, created_time: "2026-01-01T00:00:00Z" } });
  route("/v1/secret/metadata/shop", vaultData({ keys: ["b", "a", "sub/"] }));
  route("/v1/secret/metadata/shop/sub", vaultData({ keys: ["c"] }));
  for (const name of ["a", "b", "sub/c"]) route(`/v1/secret/data/shop/${name}`, secret(name));
});

afterEach(() => vault.close());

const route = (path: string, reply: Reply) => vault.routes.set(path, reply);
const mount = (objects: string) =>
  mounting.mount(attributesOf({ stores: `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`, objects }), {
    dialect: "keyferry",
  });
const refusalOf = async (mounted: Promise<unknown>): Promise<string> => {
  const error: unknown = await mounted.catch((thrown: unknown) => thrown);
  return error instanceof MountError ? `${error.reason}: ${error.text}` : "";
};
const listings = () => vault.calls().filter((call) => call.includes("list=true"));

describe("find in a KV engine", () => {
  const find = (fields: string, more = "") =>
    `- { find: { ${fields} }, jmesPath: data.value, rewrite: [ { match: "^secret/data/shop/", replace: "" } ]${more} }`;

  test.each(["secret/data/shop/", "secret/data/shop", "/v1/secret/data/shop/"])("takes the folder %s", async (path) => {
    expect(textsOf(await mount(find(`path: ${path}`)))).toEqual({ a: "a", b: "b", "sub/c": "sub/c" });
    expect(listings()).toEqual([
      "GET /v1/secret/metadata/shop?list=true",
      "GET /v1/secret/metadata/shop/sub?list=true",
    ]);
  });

  test("takes the folder of a prefix, and filters", async () => {
    expect(textsOf(await mount(find("prefix: secret/data/shop/s")))).toEqual({ "sub/c": "sub/c" });
    expect(textsOf(await mount(find('path: secret/data/shop, match: "/[ab]$"')))).toEqual({ a: "a", b: "b" });
  });

  test("of version 1 lists the folder itself", async () => {
    route("/v1/kv/shop", vaultData({ keys: ["x"] }));
    route("/v1/kv/shop/x", vaultData({ value: "one" }));
    expect(textsOf(await mount("- { find: { path: kv/shop/ }, jmesPath: value }"))).toEqual({ "kv/shop/x": "one" });
  });

  test("leaves out what has been deleted, and is listed still", async () => {
    const metadata = { version: 2, deletion_time: "2026-01-01T00:00:00Z", destroyed: false };
    route("/v1/secret/data/shop/a", vaultJson({ data: { data: null, metadata } }, 404));
    expect(textsOf(await mount(find("path: secret/data/shop")))).toEqual({ b: "b", "sub/c": "sub/c" });
  });

  test("of a folder that is not there is onMissing's case", async () => {
    expect(await refusalOf(mount(find("path: secret/data/none")))).toMatch(
      /^object_not_found: .*no object of the store/u,
    );
    const both = `${find("path: secret/data/none", ", onMissing: skip")}\n- { objectName: secret/data/shop/a, objectAlias: f, key: value }`;
    expect(textsOf(await mount(both))).toEqual({ f: "a" });
  });

  test("names the right that a policy lacks", async () => {
    route("/v1/secret/metadata/shop/sub", vaultJson({ errors: ["permission denied"] }, 403));
    expect(await refusalOf(mount(find("path: secret/data/shop")))).toMatch(
      /^access_denied: .*needs list on "secret\/metadata\/shop\/sub"/u,
    );
  });

  test.each([
    { is: "no keys", data: { value: "x" }, says: /store_protocol: .*no keys/u },
    { is: "keys that are no texts", data: { keys: [1] }, says: /store_protocol: .*no keys/u },
    {
      is: "too many secrets",
      data: { keys: Array.from({ length: 20_001 }, (_, at) => `k${at}`) },
      says: /more than 20000 secrets/u,
    },
    {
      is: "too many folders",
      data: { keys: Array.from({ length: 1001 }, (_, at) => `f${at}/`) },
      says: /1000 folders/u,
    },
  ])("refuses $is", async ({ data, says }) => {
    route("/v1/secret/metadata/shop", vaultData(data));
    expect(await refusalOf(mount(find("path: secret/data/shop, max: 1000")))).toMatch(says);
  });

  test("ends in a tree that has no end, and never leaves the folder", async () => {
    vault.routes.set("/v1/secret/metadata/shop", () => vaultData({ keys: ["../", "..", "d/"] }));
    for (let depth = 1; depth < 40; depth += 1) {
      route(`/v1/secret/metadata/shop${"/d".repeat(depth)}`, vaultData({ keys: ["../", "d/"] }));
    }
    expect(await refusalOf(mount(find("path: secret/data/shop")))).toMatch(/32 levels/u);
    expect(listings().every((call) => call.startsWith("GET /v1/secret/metadata/shop"))).toBe(true);
  });

  test.each([
    ['{ find: { match: "x" } }', /stores of kind vault are listed by folder; add path/u],
    ["{ find: { path: secret/data/x, tags: { a: b } } }", /stores of kind vault have no tags/u],
  ])("%s is refused offline", async (entry, says) => {
    expect(await refusalOf(mount(`- ${entry}`))).toMatch(says);
    expect(vault.calls()).toEqual([]);
  });
});
