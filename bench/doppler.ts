// Mounts of `provider: doppler` against a scripted server with latency; the login is that of an OIDC identity.
import { identity, startDoppler } from "../test/fakes/doppler.ts";
import { benchStore } from "./store-mounts.ts";

const doppler = await startDoppler();
for (let at = 0; at < 20; at += 1) doppler.configs.get("prd")?.set(`S${at}`, "v");
let token = "";

await benchStore({
  provider: "doppler",
  flags: ["--doppler-hosts", doppler.url],
  parameters: (objects) => ({
    ...{ project: "shop", config: "prd", identity },
    secrets: Array.from({ length: objects }, (_, at) => `- S${at}`).join("\n"),
  }),
  audiences: [doppler.url],
  login: async () => {
    const body = JSON.stringify({ identity, token: "jwt" });
    const answer = await fetch(`${doppler.url}/v3/auth/oidc`, { method: "POST", body });
    token = ((await answer.json()) as { readonly token: string }).token;
  },
  read: async (object) => {
    const url = `${doppler.url}/v3/configs/config/secrets/download?project=shop&config=prd&secrets=S${object}`;
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${url}&include_dynamic_secrets=false`, { headers })).text();
  },
  latency: (milliseconds) => {
    doppler.latency = milliseconds;
  },
  asked: () => doppler.asked.length,
});
await doppler.close();
