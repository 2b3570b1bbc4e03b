import { MountError } from "../../model/error.ts";
import type { Secret } from "../../model/secret.ts";
import type { Session } from "../../model/session.ts";
import type { ReadAccount } from "../service-accounts.ts";
import type { AwsKube } from "./kube.ts";
import { audiences } from "./login.ts";

const annotation = { role: "eks.amazonaws.com/role-arn", audience: "eks.amazonaws.com/audience" } as const;

/** Audiences that a token is asked of the cluster for: they name STS, so that the token is of no use elsewhere. */
const ofSts = /^sts\.(?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?$/u;

/** The role of a service account, and the audience of the token that STS is given. */
export interface AccountRole {
  readonly role: string;
  readonly audience: string;
}

/** Reads the annotations of the session's service account. Rejects with MountError. */
export async function readRole(
  accounts: ReadAccount | undefined,
  { pod }: Session<unknown>,
  signal: AbortSignal,
): Promise<AccountRole> {
  const { namespace, serviceAccount } = pod;
  if (accounts === undefined) {
    const text = "IRSA needs the cluster's API: the role is an annotation of the service account";
    throw new MountError("not_configured", text);
  }
  if (serviceAccount === "") {
    throw new MountError("malformed_request", `failed to get service account ${namespace}/: the request names none`);
  }
  const account = await accounts(namespace, serviceAccount, signal).catch((thrown: unknown) => {
    signal.throwIfAborted();
    const { reason, message, context } = MountError.from(thrown);
    const text = `failed to get service account ${namespace}/${serviceAccount}: ${message}`;
    throw new MountError(reason === "object_not_found" ? "identity_refused" : reason, text, context);
  });
  const role = account.annotations.get(annotation.role) ?? "";
  if (role === "") {
    throw new MountError(
      "identity_refused",
      `an IAM role must be associated with service account ${namespace}/${serviceAccount}: it has no annotation ` +
        `${annotation.role}; add it, or, where an EKS Pod Identity association exists, set usePodIdentity: "true" in ` +
        "parameters (native: auth: podIdentity)",
    );
  }
  const audience = account.annotations.get(annotation.audience) ?? "";
  return { role, audience: audience === "" ? audiences.irsa : audience };
}

/** The pod's token for an audience: the driver's, else one asked of the cluster. Rejects with MountError. */
export async function podToken(
  kube: AwsKube | undefined,
  { pod, tokens }: Session<unknown>,
  audience: string,
  signal: AbortSignal,
): Promise<Secret> {
  const given = tokens.get(audience)?.token;
  if (given !== undefined && given.size > 0) return given;
  const missing = (more: string) =>
    new MountError(
      "identity_missing",
      `token for audience ${JSON.stringify(audience)} not found; add it to tokenRequests of the CSIDriver object${more}`,
    );
  const mayAsk = audience === audiences.podIdentity || ofSts.test(audience);
  if (kube === undefined || !mayAsk || pod.uid === "") throw missing("");
  try {
    return (await kube.podToken(pod, audience, signal)).token;
  } catch (thrown) {
    signal.throwIfAborted();
    const error = MountError.from(thrown);
    if (error.transient) throw error;
    throw missing(` (asking the cluster for one failed, too: ${error.message})`);
  }
}
