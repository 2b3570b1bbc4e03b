import { Secret } from "../../src/model/secret.ts";
import { startVault, vaultData } from "../fakes/vault.ts";
import { connectedStores } from "../fakes/connected.ts";
import type { Faults, Subject } from "./store.ts";

/** The vault store on a scripted server. */
export async function startVaultSubject(): Promise<Subject & { readonly faults: Faults }> {
  const vault = await startVault();
  const metadata = { version: 3, created_time: "2026-01-01T00:00:00Z" };
  vault.routes.set("/v1/secret/data/db", vaultData({ data: { password: "hunter2-vault" }, metadata }));
  vault.routes.set("/v1/kv/app", vaultData({ api: "hunter3-vault" }));
  vault.routes.set("/v1/secret/data/denied", {
    status: 403,
    body: JSON.stringify({ errors: ["1 error occurred:\n\t* permission denied\n\n"] }),
  });
  const params = `address: "${vault.url}", role: shop`;
  return {
    ...connectedStores().connectedOf("vault"),
    params,
    otherParams: [
      { field: "address", params: 'address: "http://127.0.0.1:1", role: shop' },
      { field: "role", params: `address: "${vault.url}", role: other` },
      { field: "vaultNamespace", params: `${params}, vaultNamespace: team` },
      { field: "authMount", params: `${params}, authMount: jwt` },
      { field: "audience", params: `${params}, audience: other` },
      { field: "serverName", params: `${params}, serverName: vault.test` },
      { field: "caFile", params: `${params}, caFile: /ca.pem` },
      { field: "tlsSkipVerify", params: `${params}, tlsSkipVerify: true` },
    ],
    tokens: new Map([["vault", { token: Secret.fromText("pod-jwt-hunter4"), expiresAt: undefined }]]),
    present: [
      {
        object: "objectName: secret/data/db",
        bytes: Buffer.from(
          '{"data":{"password":"hunter2-vault"},"metadata":{"created_time":"2026-01-01T00:00:00Z","version":3}}',
        ),
      },
      { object: "objectName: kv/app", bytes: Buffer.from('{"api":"hunter3-vault"}') },
    ],
    absent: "objectName: secret/data/gone",
    refused: { object: "objectName: secret/data/denied", reason: "access_denied" },
    secrets: ["hunter2-vault", "hunter3-vault", "pod-jwt-hunter4", "tok"],
    faults: vault.faults,
    close: () => vault.close(),
  };
}
