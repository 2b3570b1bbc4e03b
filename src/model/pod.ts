import type { Secret } from "./secret.ts";

/** The pod a volume belongs to, as kubelet names it. Pod authors cannot choose these values (podInfoOnMount). */
export interface Pod {
  readonly name: string;
  readonly namespace: string;
  /** Empty when the request is for no volume of a pod: the sync controller's, whose pod is not the one that it names. */
  readonly uid: string;
  /** Empty when the caller did not name one. */
  readonly serviceAccount: string;
}

/** Parameters of the SecretProviderClass overlaid by the pod's volumeAttributes, without the driver's own keys. */
export type Parameters = ReadonlyMap<string, string>;

/** A service-account token that kubelet made for the pod. Unverified: only the store can tell whether it is genuine. */
export interface Token {
  readonly token: Secret;
  /** Milliseconds since 1970; undefined when the driver named no expiry. */
  readonly expiresAt: number | undefined;
}

/** The pod's tokens by audience; the audience `""` stands for the API server's own. */
export type Tokens = ReadonlyMap<string, Token>;

/** Data of the Secret named by the volume's nodePublishSecretRef; empty when there is none. */
export type PublishSecrets = ReadonlyMap<string, Secret>;

/** One volume of one pod: what tells a first mount from a repeated one. */
export interface Volume {
  readonly podUid: string;
  readonly targetPath: string;
}
