import { expect, test } from "@jest/globals";
import { attributesOf, createMounting } from "../../../fakes/mounting.ts";
import { startServer } from "../../../fakes/small-server.ts";

const several =
  "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request";

test.each([
  [several, "", /has several identities of the node; name one by its client id in userAssignedIdentityID$/u],
  ["Identity not found", "", /has no identity of the node; assign one/u],
  ["Identity not found", "c1", /knows no such identity; .* correct userAssignedIdentityID$/u],
])("%s, asked for %j", async (description, userAssignedIdentityID, text) => {
  const body = JSON.stringify({ error: "invalid_request", error_description: description });
  const server = await startServer(() => ({ status: 400, headers: {}, body }));
  const settings = {
    "azure-vault-endpoint": server.url,
    "azure-metadata-endpoint": server.url,
    "azure-managed-identity": "*",
  };
  const objects = "array:\n  - |\n    objectName: db\n    objectType: secret\n";
  const parameters = {
    keyvaultName: "shop",
    tenantID: "t",
    useVMManagedIdentity: "true",
    userAssignedIdentityID,
    objects,
  };
  const attributes = { ...attributesOf({}, "web-0"), ...parameters };
  try {
    const mounted = createMounting(undefined, settings).mount(attributes, { dialect: "azure" });
    await expect(mounted).rejects.toMatchObject({ message: expect.stringMatching(text) });
  } finally {
    await server.close();
  }
});
