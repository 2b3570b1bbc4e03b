import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import { startAzure, type FakeAzure, type FakeVersion } from "../../../fakes/azure.ts";
import { attributesOf, createMounting, textsOf } from "../../../fakes/mounting.ts";

const one = (value: string, more: Partial<FakeVersion> = {}): readonly FakeVersion[] => [
  { version: "0".repeat(32), enabled: true, value, ...more },
];
const start = Date.parse("2026-06-01T00:00:00Z");

let azure: FakeAzure;

beforeEach(async () => {
  azure = await startAzure({
    secrets: {
      "shop-a": one("A", { tags: { team: "shop" } }),
      "shop-b": one("B", { tags: { team: "other" } }),
      "pay-c": one("C"),
      "shop-off": one("x", { enabled: false }),
      "shop-old": one("x", { expires: start / 1000 - 1 }),
      "shop-new": one("N", { expires: start / 1000 + 60, tags: { team: "shop" } }),
    },
    keys: {},
    certificates: {},
  });
});

afterEach(() => azure.close());

function mount(objects: string) {
  const stores = "[{ name: v, kind: azure, vault: shop-prod, tenantId: tenant, clientId: client }]";
  const tokens = JSON.stringify({ "api://AzureADTokenExchange": { token: "pod-jwt" } });
  const settings = { "azure-vault-endpoint": azure.url, "azure-authority-endpoint": azure.url };
  const parameters = { stores, objects, "csi.storage.k8s.io/serviceAccount.tokens": tokens };
  return createMounting(undefined, settings, start).mount(attributesOf(parameters), { dialect: "keyferry" });
}

describe("find in a key vault", () => {
  test("lists every page, without what is disabled or past its end", async () => {
    const files = textsOf(await mount('- { find: { match: "." }, objectAlias: all }'));
    expect(files).toEqual({ "all/shop-a": "A", "all/shop-b": "B", "all/pay-c": "C", "all/shop-new": "N" });
    expect(azure.calls().filter((call) => call.includes("/secrets?"))).toHaveLength(3);
  });

  test("by prefix and tags", async () => {
    expect(textsOf(await mount("- { find: { prefix: shop-, tags: { team: shop } } }"))).toEqual({
      "shop-a": "A",
      "shop-new": "N",
    });
  });

  test("names the right that is missing", async () => {
    await azure.close();
    azure = await startAzure({ secrets: { "list-forbidden": one("x") }, keys: {}, certificates: {} });
    const error: unknown = await mount("- { find: { prefix: shop- } }").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MountError);
    expect(error).toMatchObject({
      reason: "access_denied",
      message: expect.stringMatching(/find needs the right to list secrets/u) as unknown,
    });
  });

  test("has no path", async () => {
    await expect(mount("- { find: { path: x } }")).rejects.toThrow(/stores of kind azure have no path/u);
  });
});
