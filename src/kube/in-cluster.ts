import { MountError } from "../model/error.ts";
import { Secret } from "../model/secret.ts";
import type { KubeAccess, ReadFile } from "./access.ts";

/** Where kubelet puts the service account of a pod. */
const folder = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The access that every pod has. `env` are the daemon's environment variables. Rejects with MountError `not_configured`
 * outside a cluster.
 */
export async function inClusterAccess(
  env: Readonly<Record<string, string | undefined>>,
  readFile: ReadFile,
): Promise<KubeAccess> {
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "";
  if (host === "" || port === "") throw absent("it does not run in a cluster");
  const read = async (name: string) => {
    const bytes = await readFile(`${folder}/${name}`).catch(() => {
      throw absent(`${folder}/${name} cannot be read; the pod needs its service account mounted`);
    });
    return Buffer.from(bytes).toString("utf8").trim();
  };
  const [ca, namespace] = await Promise.all([read("ca.crt"), read("namespace")]);
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    server: `https://${shown}:${port}`,
    tls: { ca },
    namespace,
    token: async () => Secret.fromText(await read("token")),
  };
}

function absent(problem: string): MountError {
  return new MountError("not_configured", `the daemon has no Kubernetes API: ${problem}`);
}
