import { MountError } from "../../model/error.ts";
import type { Clock } from "../../model/clock.ts";
import type { Call } from "./call.ts";
import { fieldOf, outage } from "./error.ts";
import type { GcpSettings } from "./settings.ts";

/** Where the tokens of pods are exchanged, and what they must be for. */
export interface Federation {
  /** Audience of the exchange. */
  readonly audience: string;
  /** Audience of a pod's token; for a pool of GKE the pool, else the audience of the exchange. */
  readonly tokenAudience: string;
}

/** What finding the cluster's identity needs. */
export interface ClusterWiring {
  readonly call: Call;
  readonly outside: Clock;
  readonly settings: GcpSettings;
  /** Reads a file whole; rejects when it cannot. */
  readonly readFile: (path: string) => Promise<string>;
}

const standard = { metadata: "169.254.169.254", workloadIdentity: "https://container.googleapis.com/v1" } as const;

/** Longest wait for the metadata server, in milliseconds; it is on the node itself. */
const metadataLimit = 2_000;

/** How long the metadata server is left alone after it failed and a credentials file took its place, in milliseconds. */
const metadataPause = 30_000;

/** What the three names can look like; anything else is not the metadata server speaking. */
const forms = {
  "project/project-id": /^[a-z0-9.:-]{1,100}$/u,
  "instance/attributes/cluster-location": /^[a-z0-9-]{1,40}$/u,
  "instance/attributes/cluster-name": /^[a-zA-Z0-9-]{1,100}$/u,
} as const;

/**
 * Gives the identity of the cluster: as configured, else of GKE by the metadata server, else by a credentials file of
 * type external_account. What was found is kept. Throws MountError.
 */
export function createClusterIdentity(wiring: ClusterWiring): (signal: AbortSignal) => Promise<Federation> {
  const { settings, outside } = wiring;
  let found: Federation | undefined;
  let fromFile: { readonly federation: Federation; readonly until: number } | undefined;
  return async (signal) => {
    if (settings.workloadIdentityProvider !== "") return parseFederation(settings.workloadIdentityProvider);
    if (found !== undefined) return found;
    if (fromFile !== undefined && outside.monotonic() < fromFile.until) return fromFile.federation;
    try {
      return (found = await readCluster(wiring, signal));
    } catch (thrown) {
      signal.throwIfAborted();
      const federation = await readCredentials(wiring, MountError.from(thrown));
      fromFile = { federation, until: outside.monotonic() + metadataPause };
      return federation;
    }
  };
}

/** Three parts between colons are those of a pool of GKE or of a fleet; anything else is an audience as it stands. */
export function parseFederation(audience: string): Federation {
  const [, pool = "", provider] = audience.split(":");
  const rest = audience.split(":").slice(2).join(":");
  if (provider === undefined || pool === "") return { audience, tokenAudience: audience };
  return { audience: `identitynamespace:${pool}:${rest}`, tokenAudience: pool };
}

async function readCluster(wiring: ClusterWiring, signal: AbortSignal): Promise<Federation> {
  const { settings } = wiring;
  const known = (setting: string, name: keyof typeof forms) =>
    setting === "" ? readMetadata(wiring, name, signal) : Promise.resolve(setting);
  const [project, location, cluster] = await Promise.all([
    known(settings.project, "project/project-id"),
    known(settings.clusterLocation, "instance/attributes/cluster-location"),
    known(settings.clusterName, "instance/attributes/cluster-name"),
  ]);
  const prefix = settings.endpoints.workloadIdentity || standard.workloadIdentity;
  const pool = `${project}.svc.id.goog`;
  const provider = `${prefix}/projects/${project}/locations/${location}/clusters/${cluster}`;
  return { audience: `identitynamespace:${pool}:${provider}`, tokenAudience: pool };
}

async function readMetadata(wiring: ClusterWiring, name: keyof typeof forms, signal: AbortSignal): Promise<string> {
  const host = wiring.settings.endpoints.metadata || standard.metadata;
  const answer = await wiring.call(
    {
      url: `http://${host}/computeMetadata/v1/${name}`,
      who: "the metadata server",
      headers: { "metadata-flavor": "Google" },
      limit: metadataLimit,
    },
    signal,
  );
  if (answer.status !== 200 && answer.status !== 404) throw outage(answer, "the metadata server");
  if (answer.status === 200 && answer.headers["metadata-flavor"] === "Google" && forms[name].test(answer.text.trim())) {
    return answer.text.trim();
  }
  const what = answer.status === 404 ? `has no ${name}` : `gave no ${name}; something else answers at ${host}`;
  throw new MountError("identity_refused", `the metadata server ${what}`);
}

/** The file takes the metadata server's place; when it cannot, both are told. */
async function readCredentials({ settings, readFile }: ClusterWiring, before: MountError): Promise<Federation> {
  const path = settings.credentialsFile;
  const refuse = (problem: string) => {
    const reason = before.transient ? before.reason : "identity_refused";
    const start = "the identity of the cluster cannot be told";
    return new MountError(reason, `${start}: ${before.message}; ${problem}`, { cause: before });
  };
  if (path === "") throw refuse("outside GKE, the operator must set the workload identity provider");
  const json = await readFile(path).then(parseJson, () => undefined);
  if (json === undefined) throw refuse("the credentials file cannot be read as JSON");
  const type = fieldOf(json, "type");
  if (type !== "external_account") {
    const shown = typeof type === "string" && /^[a-z_]{1,64}$/u.test(type) ? type : "unknown";
    throw new MountError(
      "identity_refused",
      `unexpected credentials type: ${shown}, expected: external_account; before that: ${before.message}`,
    );
  }
  const audience = fieldOf(json, "audience");
  if (typeof audience !== "string" || audience === "") throw refuse("the credentials file names no audience");
  return parseFederation(audience);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
