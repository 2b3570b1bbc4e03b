import { describe, expect, test } from "@jest/globals";
import { loadConfig } from "../../../src/config/load.ts";
import { connectedStores } from "../../fakes/connected.ts";
import { keyContext } from "../../fakes/config-context.ts";

type Flags = Readonly<Record<string, string>>;

/** The one store of a configuration. */
function configured(entry: string, flags: Flags) {
  const { stores } = connectedStores(flags);
  const text = `stores: [{ name: s, namespaces: [shop], ${entry} }]`;
  const reading = loadConfig(text, { ...keyContext, file: "c.yaml", stores, settings: [] });
  const [one] = reading.kind === "loaded" ? reading.config.stores : [];
  expect(one).toBeDefined();
  return one;
}

const azure = "kind: azure, vault: Shop-Prod, tenantId: t, clientId: c";

describe("the servers of a store", () => {
  test.each([
    {
      is: "Vault",
      entry: 'kind: vault, role: r, address: ["https://a.test", "unix:///s"]',
      flags: {},
      addresses: ["https://a.test", "unix:///s"],
    },
    {
      is: "Azure",
      entry: azure,
      flags: {},
      addresses: ["https://Shop-Prod.vault.azure.net", "https://login.microsoftonline.com/"],
    },
    {
      is: "Azure with the node's identity",
      entry: "kind: azure, vault: shop, tenantId: t, auth: managed",
      flags: {},
      addresses: ["https://shop.vault.azure.net"],
    },
    {
      is: "Azure behind an emulator",
      entry: azure,
      flags: { "azure-vault-endpoint": "http://127.0.0.1:1/{vault}", "azure-authority-endpoint": "http://127.0.0.1:2" },
      addresses: ["http://127.0.0.1:1/shop-prod", "http://127.0.0.1:2"],
    },
    {
      is: "Google Cloud",
      entry: "kind: gcp, location: europe-west1",
      flags: {},
      addresses: [
        "https://secretmanager.europe-west1.rep.googleapis.com",
        "https://parametermanager.europe-west1.rep.googleapis.com",
      ],
    },
    {
      is: "Google Cloud behind an emulator",
      entry: "kind: gcp",
      flags: {
        "gcp-secret-manager-endpoint": "http://127.0.0.1:1",
        "gcp-parameter-manager-endpoint": "http://127.0.0.1:2",
      },
      addresses: ["http://127.0.0.1:1", "http://127.0.0.1:2"],
    },
  ])("of $is", ({ entry, flags, addresses }) => {
    const one = configured(entry, flags);
    const found = one?.store.describe(one.params).endpoints;
    expect(found?.map(({ address }) => address)).toEqual(addresses);
  });
});

describe("the servers of the daemon's own settings", () => {
  test("are none without settings", () => {
    expect(connectedStores().dialects.flatMap(({ endpoints }) => endpoints)).toEqual([]);
  });

  test("are those that the operator named for a provider", () => {
    const flags = {
      "vault-addr": "https://v.test",
      "vault-tls-server-name": "inner.test",
      "azure-vault-endpoint": "http://127.0.0.1:1/{vault}",
      "azure-authority-endpoint": "http://127.0.0.1:2",
      "gcp-token-endpoint": "https://sts.test/v1/token",
    };
    expect(connectedStores(flags).dialects.flatMap(({ endpoints }) => endpoints)).toEqual([
      { address: "http://127.0.0.1:2" },
      { address: "https://sts.test/v1/token" },
      expect.objectContaining({ address: "https://v.test", serverName: "inner.test" }),
    ]);
  });
});

describe("the audience of a pod's token", () => {
  test.each([
    { flags: {}, gcp: undefined },
    { flags: { "gcp-project": "shop" }, gcp: "shop.svc.id.goog" },
    { flags: { "gcp-workload-identity-provider": "identitynamespace:pool:https://x" }, gcp: "pool" },
    { flags: { "gcp-workload-identity-provider": "//iam.googleapis.com/p" }, gcp: "//iam.googleapis.com/p" },
  ])("of the providers with $flags", ({ flags, gcp }) => {
    const audiences = connectedStores(flags).dialects.map(({ name, audience }) => [name, audience?.name]);
    expect(audiences).toEqual([
      ["aws", "sts.amazonaws.com"],
      ["azure", "api://AzureADTokenExchange"],
      ["gcp", gcp],
      ["gke", gcp],
      ["vault", "vault"],
      ["openbao", "openbao"],
      ["conjur", "conjur"],
      ["doppler", "https://api.doppler.com"],
    ]);
  });

  const own = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/k8s/providers/prod";

  test.each([
    { entry: "kind: gcp", flags: { "gcp-project": "shop" }, audience: "shop.svc.id.goog" },
    { entry: `kind: gcp, workloadIdentityProvider: ${own}`, flags: {}, audience: own },
    { entry: "kind: gcp, auth: provider", flags: { "gcp-project": "shop" }, audience: undefined },
  ])("of a Google store, $entry", ({ entry, flags, audience }) => {
    const one = configured(entry, flags);
    expect(one?.store.describe(one.params).audience?.name).toBe(audience);
  });
});
