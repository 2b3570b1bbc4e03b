import { Secret } from "../../src/model/secret.ts";
import type { Store } from "../../src/model/store.ts";
import { createStores } from "../../src/stores/index.ts";
import { startAzure } from "../fakes/azure.ts";
import { plainWiring } from "../fakes/wiring.ts";
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
  const found = createStores(plainWiring({ setting: (flag) => settings[flag] ?? "" })).find(
    ({ kind }) => kind === "azure",
  );
  if (found === undefined) throw new Error("no azure store");
  const store: Store = found;
  const cloud = {
    name: "AzurePublicCloud",
    vaultSuffix: "vault.azure.net",
    authority: "https://login.microsoftonline.com/",
  };
  const params = { vault: "shop", cloud, tenantId: "tenant", login: { mode: "workload", clientId: "c" } };
  const refOf = (name: string) => ({ type: "secret", name, version: "", history: undefined, form: "pem" });
  return {
    store,
    params,
    otherParams: [
      { field: "vault", params: { ...params, vault: "other" } },
      { field: "tenantId", params: { ...params, tenantId: "other" } },
      { field: "cloud", params: { ...params, cloud: { ...cloud, vaultSuffix: "vault.azure.cn" } } },
      { field: "clientId", params: { ...params, login: { mode: "workload", clientId: "d" } } },
      { field: "auth", params: { ...params, login: { mode: "secret" } } },
    ],
    tokens: new Map([
      ["api://AzureADTokenExchange", { token: Secret.fromText("pod-token-hunter8"), expiresAt: undefined }],
    ]),
    present: [
      { ref: refOf("db"), bytes: Buffer.from("hunter6-azure") },
      { ref: refOf("other"), bytes: Buffer.from("hunter7-azure") },
    ],
    absent: refOf("gone"),
    refused: { ref: refOf("forbidden"), reason: "access_denied" },
    secrets: ["hunter6-azure", "hunter7-azure", "pod-token-hunter8", "canary"],
    faults: azure.faults,
    close: () => azure.close(),
  };
}
