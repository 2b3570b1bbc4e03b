import type { Pod, Token } from "./pod.ts";

/** Longest token that is looked into, in bytes; kubelet's have some 1,200. */
const maxToken = 16 * 1024;

/**
 * Whether a token says of itself that it is the pod's service account's, as kubelet names that, and not past its end.
 * It is not verified: this only keeps answers to a token that a pod's author brought along from other pods.
 */
export function speaksFor(pod: Pod, { token, expiresAt }: Token, now: number): boolean {
  if (token.size > maxToken) return false;
  const claims = claimsOf(token.revealText());
  if (claims === undefined) return false;
  const isOver = now >= (expiresAt ?? Infinity) || (claims.exp !== undefined && now >= claims.exp * 1000);
  return !isOver && claims.sub === `system:serviceaccount:${pod.namespace}:${pod.serviceAccount}`;
}

/** When a token ends, in milliseconds since 1970, by its driver's word and its own, unverified; `Infinity` where neither says. */
export function endOfToken({ token, expiresAt = Infinity }: Token): number {
  const { exp } = token.size > maxToken ? {} : (claimsOf(token.revealText()) ?? {});
  return exp === undefined ? expiresAt : Math.min(expiresAt, exp * 1000);
}

interface Claims {
  readonly sub: string | undefined;
  /** Seconds since 1970. */
  readonly exp: number | undefined;
}

function claimsOf(token: string): Claims | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    if (typeof parsed !== "object" || parsed === null) return undefined;
    const sub = "sub" in parsed && typeof parsed.sub === "string" ? parsed.sub : undefined;
    const exp = "exp" in parsed && typeof parsed.exp === "number" ? parsed.exp : undefined;
    return { sub, exp };
  } catch {
    return undefined;
  }
}
