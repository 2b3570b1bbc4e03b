import { Secret } from "../../src/model/secret.ts";
import { connectedStores } from "../fakes/connected.ts";
import { identity, startDoppler } from "../fakes/doppler.ts";
import { VirtualClock } from "../fakes/virtual-clock.ts";
import type { Faults, Subject } from "./store.ts";

/** The doppler store on a fake of Doppler's API. */
export async function startDopplerSubject(): Promise<Subject & { readonly faults: Faults }> {
  const doppler = await startDoppler();
  const clock = new VirtualClock();
  doppler.now = () => clock.now();
  const { configs } = doppler;
  configs.get("prd")?.set("DB_URL", "db-canary");
  const params = `project: shop, config: prd, identity: ${identity}`;
  const store = connectedStores({ "doppler-hosts": doppler.url }, { deps: { clock } });
  const everything = {
    A: "dev-canary",
    DOPPLER_CONFIG: "dev",
    DOPPLER_ENVIRONMENT: "dev",
    DOPPLER_PROJECT: "shop",
  };
  return {
    ...store.connectedOf("doppler"),
    params,
    otherParams: [
      { field: "project", params: params.replace("shop", "other") },
      { field: "config", params: params.replace("prd", "dev") },
      { field: "identity", params: params.replace("6f0c", "6f0d") },
      { field: "audience", params: `${params}, audience: other` },
      { field: "host", params: `${params}, host: "https://doppler.example.com"` },
      { field: "auth", params: "project: shop, config: prd, auth: operator" },
      { field: "verifyTLS", params: `${params}, verifyTLS: false` },
      { field: "includeDynamicSecrets", params: `${params}, includeDynamicSecrets: true` },
      {
        field: "dynamicSecretsTTLSeconds",
        params: `${params}, includeDynamicSecrets: true, dynamicSecretsTTLSeconds: 60`,
      },
      { field: "sessionPer", params: `${params}, sessionPer: pod` },
    ],
    tokens: new Map([[doppler.url, { token: Secret.fromText("pod-token-hunter6"), expiresAt: undefined }]]),
    present: [
      { object: "objectName: DB_URL", bytes: Buffer.from("db-canary") },
      { object: "objectName: B", bytes: Buffer.from("two\nlines") },
      { object: "objectName: E", bytes: Buffer.of() },
      { object: "objectName: dev", bytes: Buffer.from(JSON.stringify(everything)) },
      {
        object: "objectName: dev, nameTransformer: lower-kebab, format: env",
        bytes: Buffer.from('a="dev-canary"\ndoppler-project="shop"\ndoppler-environment="dev"\ndoppler-config="dev"\n'),
      },
    ],
    absent: "objectName: NOTHING",
    refused: { object: "objectName: locked", reason: "access_denied" },
    secrets: ["db-canary", "dev-canary", "locked-canary", "pod-token-hunter6", "login-canary"],
    faults: doppler.faults,
    close: () => doppler.close(),
  };
}
