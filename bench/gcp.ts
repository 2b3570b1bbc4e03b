// Mounts of `provider: gcp` against scripted servers with latency; the login is the exchange of the pod's token.
import { gkeAudience, startGcp } from "../test/fakes/gcp.ts";
import { benchStore } from "./store-mounts.ts";

const gcp = await startGcp();
for (let at = 0; at < 20; at += 1) gcp.secrets.set(`s${at}`, Buffer.from("v"));
const exchange = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ audience: gkeAudience, subject_token: "jwt" }),
};
let bearer = "";

await benchStore({
  provider: "gcp",
  flags: [
    ...["--gcp-secret-manager-endpoint", gcp.url, "--gcp-token-endpoint", `${gcp.url}/v1/token`],
    ...["--gcp-metadata-host", gcp.url.replace("http://", "")],
  ],
  parameters: (objects) => {
    const name = (at: number) => `projects/my-project/secrets/s${at}/versions/latest`;
    return {
      secrets: Array.from({ length: objects }, (_, at) => `- { resourceName: ${name(at)}, path: f${at} }`).join("\n"),
    };
  },
  audiences: ["my-project.svc.id.goog"],
  login: async () => {
    const answer = (await (await fetch(`${gcp.url}/v1/token`, exchange)).json()) as { readonly access_token: string };
    bearer = answer.access_token;
  },
  read: async (object) => {
    const path = `/v1/projects/my-project/secrets/s${object}/versions/latest:access`;
    return (await fetch(`${gcp.url}${path}`, { headers: { authorization: `Bearer ${bearer}` } })).text();
  },
  latency: (milliseconds) => {
    gcp.latency = milliseconds;
  },
  asked: () => gcp.requests.length,
});
await gcp.close();
