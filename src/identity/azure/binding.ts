import { createHash } from "node:crypto";
import { peerNames } from "../../http/peer-names.ts";
import type { TlsSettings } from "../../http/tls.ts";
import { MountError } from "../../model/error.ts";
import type { AzureSettings } from "./settings.ts";

/** Audience of the token that a pod signs in with by identity binding. */
export const bindingAudience = "api://AKSIdentityBinding";

/** Where sign-ins go: to the proxy in the cluster's API server, under a name of its own. */
export interface BindingRoute {
  readonly base: URL;
  readonly tls: TlsSettings;
}

/** What finding the proxy takes. */
export interface BindingWiring {
  readonly settings: AzureSettings;
  /** Reads a file whole. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
}

const standardProxy = "https://kubernetes.default.svc.cluster.local";

/** CA of the cluster, which kubelet puts beside the daemon's own token. */
const clusterCa = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

/** Longest wait for the API server's certificate, in milliseconds. */
const limit = 10_000;

/**
 * Gives the way to the token proxy of AKS identity binding. The name that it goes by is the operator's, else made of the
 * cluster's own id, which the API server's certificate holds. Rejects with MountError.
 */
export function createBinding({ settings, readFile }: BindingWiring): (signal: AbortSignal) => Promise<BindingRoute> {
  const { url, serverName, caFile, apiPort } = settings.tokenProxy;
  const base = URL.parse(url === "" ? standardProxy : url);
  let found: string | undefined = serverName === "" ? undefined : serverName;
  return async (signal) => {
    if (base?.protocol !== "https:") {
      throw new MountError("not_configured", "the operator's azure-token-proxy-url is no https address");
    }
    const ca = await readCa(caFile === "" ? clusterCa : caFile, readFile);
    if (found === undefined) {
      const server = new URL(base);
      if (server.port === "") server.port = apiPort;
      found = proxyName(await peerNames(server, ca, limit, signal));
    }
    return { base, tls: { ca, serverName: found } };
  };
}

async function readCa(path: string, readFile: BindingWiring["readFile"]): Promise<string> {
  const bytes = await readFile(path).catch(() => {
    const problem = `identity binding needs the cluster's CA, and ${path} cannot be read`;
    throw new MountError(
      "not_configured",
      `${problem}; let the daemon have an API token (automountServiceAccountToken)`,
    );
  });
  return Buffer.from(bytes).toString("utf8");
}

function proxyName(names: readonly string[]): string {
  const id = names.map((name) => /^hcp-kubernetes\.([^.]+)\.svc\.cluster\.local$/u.exec(name)?.[1]).find(Boolean);
  if (id !== undefined) return bindingServerName(id);
  throw new MountError(
    "not_configured",
    "the API server's certificate does not hold the cluster's id, so this is no AKS cluster with identity binding; " +
      "the operator can set azure-token-proxy-server-name",
  );
}

/** The proxy's server name: base32hex (RFC 4648, section 7, without padding, lower case) of a digest of the cluster's id. */
export function bindingServerName(clusterId: string): string {
  const digest = createHash("sha256").update(`identity-binding${clusterId}`).digest();
  const bits = [...digest].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/gu) ?? [];
  const digits = groups.map((group) => parseInt(group.padEnd(5, "0"), 2).toString(32)).join("");
  return `a${digits}.ests.aks`;
}
