// Mounts of `provider: conjur` against a scripted server with latency; the login is that of a JWT authenticator.
import { startConjur } from "../test/fakes/conjur.ts";
import { benchStore } from "./store-mounts.ts";

const conjur = await startConjur();
for (let at = 0; at < 20; at += 1) conjur.variables.set(`s${at}`, [Buffer.from("v")]);
let token = "";

await benchStore({
  provider: "conjur",
  flags: ["--conjur-address", conjur.url, "--conjur-account", "myacct", "--conjur-authn-id", "authn-jwt/kube"],
  parameters: (objects) => ({
    "conjur.org/configurationVersion": "0.1.0",
    secrets: Array.from({ length: objects }, (_, at) => `- f${at}: s${at}`).join("\n"),
  }),
  audiences: ["conjur"],
  login: async () => {
    const form = { method: "POST", body: new URLSearchParams({ jwt: "jwt" }).toString() };
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await fetch(`${conjur.url}/authn-jwt/kube/myacct/authenticate`, { ...form, headers });
    token = Buffer.from(await answer.text()).toString("base64");
  },
  read: async (object) => {
    const headers = { authorization: `Token token="${token}"`, "accept-encoding": "base64" };
    return (await fetch(`${conjur.url}/secrets/?variable_ids=myacct%3Avariable%3As${object}`, { headers })).text();
  },
  latency: (milliseconds) => {
    conjur.latency = milliseconds;
  },
  asked: () => conjur.asked.length,
});
await conjur.close();
