import { MountError } from "../../model/error.ts";
import { audienceAdvice } from "../../model/missing-token.ts";
import type { ServiceAccount } from "../../kube/service-account.ts";
import type { Clock } from "../../model/clock.ts";
import type { Pod, Token, Tokens } from "../../model/pod.ts";
import type { Secret } from "../../model/secret.ts";
import type { Session } from "../../model/session.ts";
import type { Federation } from "./cluster.ts";
import type { Impersonation } from "./exchange.ts";
import { cachedAccounts, type ReadAccount } from "../service-accounts.ts";

/** What is asked of the Kubernetes API. Rejects with a MountError. */
export interface GcpKube {
  serviceAccount(namespace: string, name: string, signal: AbortSignal): Promise<ServiceAccount>;
  /** A token of the pod's service account, bound to the pod. */
  podToken(pod: Pod, audience: string, signal: AbortSignal): Promise<Token>;
}

/** Who a pod is to Google. */
export interface PodIdentity {
  /** Changes when the service account is made anew. */
  readonly uid: string;
  readonly actAs: Impersonation | undefined;
}

const annotation = {
  email: "iam.gke.io/gcp-service-account",
  delegates: "iam.gke.io/gcp-service-account-delegates",
} as const;

/** Reads who pods are, and gets their tokens. */
export function createPodIdentity(kube: GcpKube | undefined, outside: Clock) {
  const accounts = kube === undefined ? undefined : cachedAccounts(kube.serviceAccount.bind(kube), outside);
  const read = async (from: ReadAccount, { namespace, serviceAccount }: Pod, signal: AbortSignal) => {
    try {
      return await from(namespace, serviceAccount, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      throw because("unable to fetch SA info", thrown);
    }
  };

  return {
    /** With `serviceAccount` the annotations are not looked at. */
    async describe(pod: Pod, serviceAccount: string | undefined, signal: AbortSignal): Promise<PodIdentity> {
      if (serviceAccount !== undefined) return { uid: "", actAs: { email: serviceAccount, delegates: [] } };
      if (accounts === undefined) return { uid: "", actAs: undefined };
      const { uid, annotations } = await read(accounts, pod, signal);
      const email = annotations.get(annotation.email) ?? "";
      if (email === "") return { uid, actAs: undefined };
      return { uid, actAs: { email, delegates: parseDelegates(annotations.get(annotation.delegates)) } };
    },

    /** The token that kubelet made, else one asked for. */
    async token(
      { pod, tokens, tokensWithheld }: Session<unknown>,
      federation: Federation,
      signal: AbortSignal,
    ): Promise<Secret> {
      const { audience, tokenAudience } = federation;
      const given = tokens.get(tokenAudience) ?? tokens.get(audience);
      if (given !== undefined) return given.token;
      if (tokens.size > 0 || tokensWithheld === true || kube === undefined) throw lacking(tokenAudience, tokens);
      const made = await kube.podToken(pod, tokenAudience, signal).catch((thrown: unknown) => {
        if (MountError.from(thrown).reason === "not_configured") throw lacking(tokenAudience, tokens);
        throw because("unable to fetch pod token", thrown);
      });
      return made.token;
    },
  };
}

function parseDelegates(text: string | undefined): readonly string[] {
  if (text === undefined || text === "") return [];
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return [];
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  } catch {
    // Told below, without what was written.
  }
  throw new MountError(
    "identity_refused",
    `unable to parse delegates annotation on SA: ${annotation.delegates} is not a JSON list of e-mail addresses`,
  );
}

function lacking(audience: string, tokens: Tokens): MountError {
  return new MountError(
    "identity_refused",
    `unable to fetch SA token from driver: the pod has no service-account token for audience ` +
      `${JSON.stringify(audience)}; ${audienceAdvice(tokens)}`,
  );
}

/** An outage stays one; a refusal is one of the pod's identity. */
function because(step: string, thrown: unknown): MountError {
  const error = MountError.from(thrown);
  const { reason, message } = error;
  const kept = error.transient || reason === "cancelled" || reason === "mount_timeout" || reason === "internal";
  return new MountError(kept ? reason : "identity_refused", `${step}: ${message}`, { cause: thrown });
}
