import type { TlsSettings } from "../http/tls.ts";
import type { Secret } from "../model/secret.ts";

/** Where the Kubernetes API is, and who we are to it. */
export interface KubeAccess {
  /** Without a path's trailing slash. */
  readonly server: string;
  readonly tls: TlsSettings;
  /** Namespace that the daemon itself runs in. */
  readonly namespace: string;
  /** The bearer token as it is now, since kubelet replaces it; undefined for a client certificate. */
  token(): Promise<Secret | undefined>;
}

/** Reads a file whole. Rejects when it cannot. */
export type ReadFile = (path: string) => Promise<Uint8Array>;
