/** A service-account token as kubelet makes it for a pod, with no true signature; `exp` in seconds since 1970. */
export function podToken(pod: string, namespace = "shop", serviceAccount = "web", exp = 4_102_444_800): string {
  const claims = {
    exp,
    sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
    "kubernetes.io": { namespace, pod: { name: pod }, serviceaccount: { name: serviceAccount } },
  };
  const parts = [{ alg: "RS256", kid: "k" }, claims].map((part) => Buffer.from(JSON.stringify(part)));
  return [...parts, Buffer.from("signature")].map((part) => part.toString("base64url")).join(".");
}
