// Mounts of `provider: vault` against a scripted server with latency.
import { startVault, vaultData } from "../test/fakes/vault.ts";
import { benchStore } from "./store-mounts.ts";

const vault = await startVault();
for (let at = 0; at < 20; at += 1) vault.routes.set(`/v1/kv/a${at}`, vaultData({ k: "v" }));
const text = async (asked: Promise<Response>) => (await asked).text();

await benchStore({
  provider: "vault",
  flags: ["--vault-addr", vault.url],
  parameters: (objects) => {
    const lines = Array.from(
      { length: objects },
      (_, at) => `- { objectName: f${at}, secretPath: kv/a${at}, secretKey: k }`,
    );
    return { roleName: "shop", objects: lines.join("\n") };
  },
  audiences: ["vault"],
  login: () => text(fetch(`${vault.url}/v1/auth/kubernetes/login`, { method: "POST", body: "{}" })),
  read: (object) => text(fetch(`${vault.url}/v1/kv/a${object}`, { headers: { "x-vault-token": "tok" } })),
  latency: (milliseconds) => {
    vault.latency = milliseconds;
  },
  asked: () => vault.asked.length,
});
await vault.close();
