// Mounts of `provider: azure` against a scripted server with latency; the login is the exchange of the pod's token.
import { startAzure, type FakeVersion } from "../test/fakes/azure.ts";
import { benchStore } from "./store-mounts.ts";

const secrets: Record<string, readonly FakeVersion[]> = {};
for (let at = 0; at < 20; at += 1)
  secrets[`s${at}`] = [{ version: "1".repeat(32), enabled: true, created: 1, value: "v" }];
const azure = await startAzure({ secrets, keys: {}, certificates: {} });
let bearer = "";

await benchStore({
  provider: "azure",
  flags: ["--azure-vault-endpoint", azure.url, "--azure-authority-endpoint", azure.url],
  parameters: (objects) => {
    const element = (at: number) => `  - |\n    objectName: s${at}\n    objectType: secret\n`;
    const array = Array.from({ length: objects }, (_, at) => element(at)).join("");
    return { keyvaultName: "shop", tenantID: "tenant", clientID: "client", objects: `array:\n${array}` };
  },
  audiences: ["api://AzureADTokenExchange"],
  login: async () => {
    const answer = await fetch(`${azure.url}/tenant/oauth2/v2.0/token`, { method: "POST", body: "client_id=c" });
    bearer = ((await answer.json()) as { readonly access_token: string }).access_token;
  },
  read: async (object) => {
    const url = `${azure.url}/secrets/s${object}/?api-version=7.4`;
    return (await fetch(url, { headers: { authorization: `Bearer ${bearer}` } })).text();
  },
  latency: (milliseconds) => {
    azure.latency = milliseconds;
  },
  asked: () => azure.asked.length,
});
await azure.close();
