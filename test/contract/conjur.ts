import { Secret } from "../../src/model/secret.ts";
import { connectedStores } from "../fakes/connected.ts";
import { startConjur } from "../fakes/conjur.ts";
import { VirtualClock } from "../fakes/virtual-clock.ts";
import { readVector } from "../vectors/vectors.ts";
import type { Faults, Subject } from "./store.ts";

/** The conjur store on a fake server. */
export async function startConjurSubject(): Promise<Subject & { readonly faults: Faults }> {
  const conjur = await startConjur();
  const clock = new VirtualClock();
  conjur.now = () => clock.now();
  conjur.variables.set("shop/key", [Buffer.from("old-canary"), Buffer.from("key-canary")]);
  conjur.variables.set("with,comma", [Buffer.from("comma-canary")]);
  const params = `address: "${conjur.url}", account: myacct, authnId: authn-jwt/kube`;
  const ca = JSON.stringify(readVector("tls/ca.pem"));
  return {
    ...connectedStores({}, { deps: { clock } }).connectedOf("conjur"),
    params,
    otherParams: [
      { field: "address", params: params.replace("127.0.0.1", "localhost") },
      { field: "account", params: params.replace("myacct", "other") },
      { field: "authnId", params: params.replace("kube", "other") },
      { field: "identity", params: `${params}, identity: host/apps/bot` },
      { field: "audience", params: `${params}, audience: other` },
      { field: "ca", params: `${params}, ca: ${ca}` },
      { field: "caFile", params: `${params}, caFile: /etc/ca.pem` },
      { field: "sessionPer", params: `${params}, sessionPer: pod` },
    ],
    tokens: new Map([["conjur", { token: Secret.fromText("pod-token-hunter5"), expiresAt: undefined }]]),
    present: [
      { object: "objectName: shop/key", bytes: Buffer.from("key-canary") },
      { object: 'objectName: shop/key, objectVersion: "1"', bytes: Buffer.from("old-canary") },
      { object: 'objectName: "with,comma"', bytes: Buffer.from("comma-canary") },
      { object: "objectName: bin", bytes: conjur.variables.get("bin")?.[0] ?? Buffer.of() },
      { object: 'objectName: "a:b"', bytes: Buffer.from("colon") },
    ],
    absent: "objectName: shop/nothing",
    refused: { object: "objectName: forbid/x", reason: "access_denied" },
    secrets: ["key-canary", "old-canary", "comma-canary", "pod-token-hunter5", "access-token-canary"],
    faults: conjur.faults,
    close: () => conjur.close(),
  };
}
