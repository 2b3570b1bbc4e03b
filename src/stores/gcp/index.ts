import { parseFederation } from "../../identity/gcp/cluster.ts";
import { createGcpIdentity, type GcpIdentityWiring } from "../../identity/gcp/gcp.ts";
import { MountError } from "../../model/error.ts";
import type { Outcome } from "../../model/outcome.ts";
import { sessionKey, type Session } from "../../model/session.ts";
import type { Store } from "../../model/store.ts";
import { hostOf, readVersion, type ClientWiring } from "./client.ts";
import { gcpAudience, gcpEndpoints } from "./endpoints.ts";
import { failed } from "./errors.ts";
import { parseParams, parseRef, type GcpParams, type GcpRef } from "./language.ts";

export { createGcpDialect } from "./dialect.ts";

/** Secrets of Google Secret Manager and rendered parameters of Google Parameter Manager. */
export function createGcpStore(wiring: GcpIdentityWiring): Store<GcpParams, GcpRef> {
  const { call, outside, settings } = wiring;
  const client = { call, outside, endpoints: settings.endpoints, identity: createGcpIdentity(wiring) };
  return {
    kind: "gcp",
    params: parseParams,
    ref: parseRef,
    addresses: ({ location }) => [hostOf("secret", location), hostOf("parameter", location)],
    sessionKey: (params, pod) => sessionKey("gcp", { ...params }, pod),
    refKey: (ref) => ref?.name ?? "",
    // The pool is not known before the cluster is asked, and a token can be had without kubelet's.
    audience: () => undefined,
    preferredAudience: ({ auth, workloadIdentityProvider: own }) => {
      if (auth === "provider" || auth === "secret") return undefined;
      return own === undefined ? gcpAudience(settings) : parseFederation(own).tokenAudience;
    },
    endpoints: (params) => Promise.resolve(gcpEndpoints(params, settings)),
    fetch: (refs, session, signal) => Promise.all(refs.map((ref) => readRef(ref, session, client, signal))),
  };
}

async function readRef(
  ref: GcpRef,
  session: Session<GcpParams>,
  client: ClientWiring,
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted();
  if (ref === undefined) return failed(new MountError("parameter_invalid", "the object's name could not be parsed"));
  try {
    return await readVersion(ref, session, client, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return failed(MountError.from(thrown));
  }
}
