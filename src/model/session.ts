import { createHash } from "node:crypto";
import type { ChosenBy } from "./chosen-by.ts";
import type { Pod, PublishSecrets, Tokens } from "./pod.ts";

/** Two Mounts may share what was fetched only if their keys are equal; made by `sessionKey` only. */
export type SessionKey = string & { readonly brand: "SessionKey" };

/** Plain data that identifies a session: every setting that can change whose credential is used, or what it sees. */
export type Identifying =
  string | number | boolean | null | undefined | readonly Identifying[] | { readonly [name: string]: Identifying };

/** Who asks a store, with what. Tokens and publish secrets are the asking pod's own and are never part of the key. */
export interface Session<Params> {
  readonly key: SessionKey;
  readonly params: Params;
  /** Who decided where the store is. What is the operator's, such as a token made for the pod, goes nowhere else. */
  readonly chosenBy: ChosenBy;
  readonly pod: Pod;
  readonly tokens: Tokens;
  /** Kubelet gave tokens, and none of them can be used: nobody makes one instead where the official provider does not. */
  readonly tokensWithheld?: true;
  readonly secrets: PublishSecrets;
}

/**
 * The one place where session keys are made: store kind, what identifies the session, and the pod's namespace and
 * service account as kubelet gave them (never a claim out of an unverified token). A digest, since parameters may hold
 * credentials.
 */
export function sessionKey(kind: string, params: Identifying, pod: Pod, more: Identifying = null): SessionKey {
  const text = canonical([kind, params, pod.namespace, pod.serviceAccount, more]);
  return createHash("sha256").update(text).digest("base64url") as SessionKey;
}

/**
 * The key of a session that also authenticates with the volume's nodePublishSecretRef: volumes with another Secret, or
 * none, never share with it.
 */
export function withSecrets(key: SessionKey, secrets: PublishSecrets): SessionKey {
  if (secrets.size === 0) return key;
  const hash = createHash("sha256").update(key);
  for (const [name, secret] of [...secrets].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\0${name.length}:${name}${secret.size}:`).update(secret.reveal());
  }
  return hash.digest("base64url") as SessionKey;
}

/** JSON with sorted keys; `undefined` differs from `null` and from absence of the list item. */
function canonical(value: Identifying): string {
  if (value === undefined) return "undefined";
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(",")}}`;
}

function isList(value: Identifying): value is readonly Identifying[] {
  return Array.isArray(value);
}
