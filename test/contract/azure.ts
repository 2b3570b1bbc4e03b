import { Secret } from "../../src/model/secret.ts";
import { startAzure } from "../fakes/azure.ts";
import { connectedStores } from "../fakes/connected.ts";
import type { Faults, Subject } from "./store.ts";

const version = "226f745504314d5ddd58f68dd97bb8ba";

/** The azure store on a fake of Key Vault and Entra. */
export async function startAzureSubject(): Promise<Subject & { readonly faults: Faults }> {
  const secretOf = (value: string) => [{ version, enabled: true, created: 1, value }];
  const secrets = { db: secretOf("hunter6-azure"), other: secretOf("hunter7-azure") };
  const azure = await startAzure({ secrets, keys: {}, certificates: {} });
  const settings: Readonly<Record<string, string>> = {
    "azure-vault-endpoint": azure.url,
    "azure-authority-endpoint": azure.url,
  };
  const identity = "tenantId: tenant, clientId: c";
  const params = `vault: shop, ${identity}`;
  return {
    ...connectedStores(settings).connectedOf("azure"),
    params,
    otherParams: [
      { field: "vault", params: `vault: other, ${identity}` },
      { field: "tenantId", params: "vault: shop, tenantId: other, clientId: c" },
      { field: "cloud", params: `${params}, cloud: AzureChinaCloud` },
      { field: "clientId", params: "vault: shop, tenantId: tenant, clientId: d" },
      { field: "auth", params: "vault: shop, tenantId: tenant, auth: secret" },
    ],
    tokens: new Map([
      ["api://AzureADTokenExchange", { token: Secret.fromText("pod-token-hunter8"), expiresAt: undefined }],
    ]),
    present: [
      { object: "objectName: db", bytes: Buffer.from("hunter6-azure") },
      { object: "objectName: other", bytes: Buffer.from("hunter7-azure") },
    ],
    absent: "objectName: gone",
    refused: { object: "objectName: forbidden", reason: "access_denied" },
    secrets: ["hunter6-azure", "hunter7-azure", "pod-token-hunter8", "canary"],
    faults: azure.faults,
    close: () => azure.close(),
  };
}
