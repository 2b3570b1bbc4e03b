import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startAzure, type FakeAzure } from "../../../fakes/azure.ts";
import { attributesOf, createMounting } from "../../../fakes/mounting.ts";

let azure: FakeAzure;

beforeEach(async () => {
  azure = await startAzure({ secrets: {}, keys: {}, certificates: {} });
});

afterEach(() => azure.close());

function mount(more: Readonly<Record<string, string>>) {
  const settings = { "azure-vault-endpoint": azure.url, "azure-authority-endpoint": azure.url };
  const objects = "array:\n  - |\n    objectName: db\n    objectType: secret\n";
  const attributes = { ...attributesOf({}, "web-0"), keyvaultName: "shop", tenantID: "t", objects, ...more };
  return createMounting(undefined, settings).mount(attributes, { dialect: "azure" });
}

test.each([
  ["clientId", 3, /parameter clientId is not read, so that no client is named; did you mean clientID\?/u],
  ["clientid", 3, /parameter clientid is not read/u],
  ["somethingElse", 9, /could not find clientid in the Secret of nodePublishSecretRef/u],
])("%s in place of clientID", async (name, code, text) => {
  await expect(mount({ [name]: "c" })).rejects.toMatchObject({ code, message: expect.stringMatching(text) });
  expect(azure.calls()).toEqual([]);
});
