import { createStores } from "../../src/stores/index.ts";
import type { Store } from "../../src/model/store.ts";
import { Secret } from "../../src/model/secret.ts";
import { startVault, vaultData } from "../fakes/vault.ts";
import { plainWiring } from "../fakes/wiring.ts";
import type { Faults, Subject } from "./store.ts";

/** The vault store on a scripted server. */
export async function startVaultSubject(): Promise<Subject & { readonly faults: Faults }> {
  const vault = await startVault();
  const found = createStores(plainWiring()).find(({ kind }) => kind === "vault");
  if (found === undefined) throw new Error("no vault store");
  const store: Store = found;
  const metadata = { version: 3, created_time: "2026-01-01T00:00:00Z" };
  vault.routes.set("/v1/secret/data/db", vaultData({ data: { password: "hunter2-vault" }, metadata }));
  vault.routes.set("/v1/kv/app", vaultData({ api: "hunter3-vault" }));
  vault.routes.set("/v1/secret/data/denied", {
    status: 403,
    body: JSON.stringify({ errors: ["1 error occurred:\n\t* permission denied\n\n"] }),
  });
  const params = paramsOf(vault.url);
  const refOf = (path: string) => ({
    request: { method: "GET", path: `/v1/${path}`, query: "", body: undefined },
    key: "",
  });
  return {
    store,
    params,
    otherParams: [
      { field: "address", params: { ...params, addresses: ["http://127.0.0.1:1"] } },
      { field: "vaultNamespace", params: { ...params, namespace: "team" } },
      { field: "authMount", params: { ...params, authMount: "jwt" } },
      { field: "role", params: { ...params, role: "other" } },
      { field: "audience", params: { ...params, audience: "other" } },
      { field: "serverName", params: { ...params, tls: { ...params.tls, serverName: "vault.test" } } },
      { field: "caFile", params: { ...params, tls: { ...params.tls, caFile: "/ca.pem" } } },
      { field: "tlsSkipVerify", params: { ...params, tls: { ...params.tls, skipVerify: true } } },
    ],
    tokens: new Map([["vault", { token: Secret.fromText("pod-jwt-hunter4"), expiresAt: undefined }]]),
    present: [
      {
        ref: refOf("secret/data/db"),
        bytes: Buffer.from(
          '{"data":{"password":"hunter2-vault"},"metadata":{"created_time":"2026-01-01T00:00:00Z","version":3}}',
        ),
      },
      { ref: refOf("kv/app"), bytes: Buffer.from('{"api":"hunter3-vault"}') },
    ],
    absent: refOf("secret/data/gone"),
    refused: { ref: refOf("secret/data/denied"), reason: "access_denied" },
    secrets: ["hunter2-vault", "hunter3-vault", "pod-jwt-hunter4", "tok"],
    faults: vault.faults,
    close: () => vault.close(),
  };
}

function paramsOf(address: string) {
  return {
    addresses: [address],
    namespace: "",
    authMount: "kubernetes",
    role: "shop",
    audience: undefined,
    tls: { skipVerify: false },
  };
}
