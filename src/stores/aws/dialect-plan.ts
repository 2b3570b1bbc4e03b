import { parseRegion } from "./region.ts";
import type { AwsLogin } from "../../identity/aws/login.ts";
import type { IssueSink } from "../../model/issue.ts";
import type { Parameters } from "../../model/pod.ts";
import type { DialectObject, KnownRegions } from "./dialect-object.ts";
import { parseDialectObjects } from "./dialect-objects.ts";
import { parseDialectParams, type DialectParams } from "./dialect-params.ts";
import type { AwsParams } from "./params.ts";

/** A manifest of `provider: aws`, parsed. */
export interface ParsedManifest {
  readonly params: AwsParams;
  readonly objects: readonly DialectObject[];
}

/** The regions that names are held against, as they are written. */
export function regionsInForce({ region, failoverRegion }: DialectParams, daemonRegion: string): KnownRegions {
  const named =
    region === undefined
      ? { name: daemonRegion, from: "the daemon's setting aws-region" }
      : { name: region, from: "parameter region" };
  return { primary: named.name === "" ? undefined : named, failover: failoverRegion };
}

/** Reads a manifest; `daemonRegion` is the operator's, empty where there is none. Every mistake is an issue. */
export function parseManifest(parameters: Parameters, daemonRegion: string, issues: IssueSink): ParsedManifest {
  const params = parseDialectParams(parameters, daemonRegion, issues);
  const regions = regionsInForce(params, daemonRegion);
  const { primary } = regions;
  const objects = parseDialectObjects(parameters.get("objects"), { params, regions }, issues);
  const login: AwsLogin = {
    auth: params.podIdentity ? "podIdentity" : "irsa",
    addressType: params.addressType,
    roles: [],
    externalId: undefined,
    sessionTags: false,
  };
  const region = primary === undefined ? undefined : { ...primary, name: parseRegion(primary.name) ?? primary.name };
  const failover = params.failoverRegion === undefined ? undefined : parseRegion(params.failoverRegion);
  return {
    params: {
      region,
      // One that differs in case alone is the same region: there is nobody else to ask.
      failoverRegion: failover === region?.name ? undefined : failover,
      login,
      perPod: false,
    },
    objects,
  };
}
