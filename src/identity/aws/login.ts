import type { AddressType } from "./agent.ts";

/** How a session logs in. */
export interface AwsLogin {
  /** By the role annotation of the service account, by EKS Pod Identity, or with the daemon's own credentials. */
  readonly auth: "irsa" | "podIdentity" | "node";
  readonly addressType: AddressType;
  /** Roles taken on one after the other, on top of that identity. */
  readonly roles: readonly string[];
  /** For the last of the roles. */
  readonly externalId: string | undefined;
  /** Whether roles are taken on with tags of the namespace and the service account. */
  readonly sessionTags: boolean;
}

/** Audiences of pods' tokens. */
export const audiences = { irsa: "sts.amazonaws.com", podIdentity: "pods.eks.amazonaws.com" } as const;

/** The audience of the token that a login needs; undefined where it needs none. */
export function audienceOf({ auth }: AwsLogin): string | undefined {
  return auth === "node" ? undefined : audiences[auth];
}

/** Name of a session of a role, which AWS's logs show: 2 to 64 characters of its alphabet. */
export function sessionName(namespace: string, serviceAccount: string): string {
  return `${namespace}.${serviceAccount}`
    .replaceAll(/[^\w+=,.@-]/gu, "-")
    .slice(0, 64)
    .padEnd(2, "-");
}
