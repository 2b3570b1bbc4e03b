import { isPodGone } from "../../kube/pod-gone.ts";
import { sessionKey } from "../../model/session.ts";
import type { Store } from "../../model/store.ts";
import { hostOf } from "./connection.ts";
import { vaultEndpoints } from "./endpoints.ts";
import { LeaseCare, type IsGone } from "./lease-care.ts";
import { viewsOf } from "./native.ts";
import { identifying, isRead, parseParams, parseRef, type VaultParams, type VaultRef } from "./language.ts";
import { VaultReader } from "./client.ts";
import { requestKey } from "./request.ts";
import { standardAudience, VaultSessions, type VaultWiring } from "./session.ts";

export { createVaultDialect } from "./dialect.ts";
export type { VaultWiring } from "./session.ts";

/** Objects of Vault and OpenBao servers. The value is the answer's data as JSON; the tree is the same. */
export function createVaultStore(wiring: VaultWiring): Store<VaultParams, VaultRef> {
  const { outside, kube, hmacKey, processKey } = wiring;
  const sessions = new VaultSessions(wiring);
  const isGone: IsGone | undefined = kube === undefined ? undefined : (pod, signal) => isPodGone(kube, pod, signal);
  const leases = new LeaseCare(sessions, outside, isGone);
  const versionKey = async () => (await hmacKey()) ?? processKey;
  const reader = new VaultReader({ sessions, leases, outside, versionKey });
  return {
    kind: "vault",
    params: parseParams,
    ref: parseRef,
    addresses: ({ addresses }) => addresses.map((address) => hostOf(address) ?? address),
    sessionKey: (params, pod) => sessionKey("vault", identifying(params), pod),
    refKey: ({ request }) => requestKey(request),
    // What a write gives is made for the pod that asked; of a read, only the answer tells.
    handling: ({ request }) =>
      isRead(request) ? { share: "kept", repeatable: true } : { share: "pod", repeatable: false },
    views: viewsOf,
    audience: ({ audience }) => (kube === undefined ? (audience ?? standardAudience) : undefined),
    endpoints: ({ addresses, tls }) => vaultEndpoints(addresses, tls, wiring.readTls),
    sweep: () => void leases.sweep(),
    fetch: (refs, session, signal) => Promise.all(refs.map((ref) => reader.read(ref, session, signal))),
  };
}
