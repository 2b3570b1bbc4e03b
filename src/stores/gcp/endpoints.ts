import { parseFederation } from "../../identity/gcp/cluster.ts";
import type { GcpSettings } from "../../identity/gcp/settings.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import { hostOf } from "./client.ts";
import type { GcpParams } from "./language.ts";

/** The services that objects of a store are read from. */
export function gcpEndpoints({ location }: GcpParams, { endpoints }: GcpSettings): Endpoint[] {
  const secrets = endpoints.secretManager || `https://${hostOf("secret", location)}`;
  const parameters = endpoints.parameterManager || `https://${hostOf("parameter", location)}`;
  return [{ address: secrets }, { address: parameters }];
}

/** The addresses that the operator set in the place of Google's. */
export function gcpOwnEndpoints({ endpoints }: GcpSettings): Endpoint[] {
  const { secretManager, parameterManager, tokenExchange, iamCredentials } = endpoints;
  return [secretManager, parameterManager, tokenExchange, iamCredentials]
    .filter((address) => address !== "")
    .map((address) => ({ address }));
}

/** The audience of pods' tokens, as far as settings say it: the metadata server and a credentials file may, too. */
export function gcpAudience({ workloadIdentityProvider, project }: GcpSettings): string | undefined {
  if (workloadIdentityProvider !== "") return parseFederation(workloadIdentityProvider).tokenAudience;
  return project === "" ? undefined : `${project}.svc.id.goog`;
}
