import { dirname, resolve } from "node:path";
import { MountError } from "../model/error.ts";
import { Secret } from "../model/secret.ts";
import type { GoNode } from "../text/go/yaml-node.ts";
import { goField, goString } from "../text/go/yaml-values.ts";
import { parseGoYaml } from "../text/go/yaml.ts";
import type { KubeAccess, ReadFile } from "./access.ts";

/**
 * The access that a kubeconfig file's current context gives: token, token file or client certificate. Rejects with
 * MountError `not_configured`; no message holds what was read.
 */
export async function kubeconfigAccess(path: string, readFile: ReadFile): Promise<KubeAccess> {
  const refuse = (problem: string) => new MountError("not_configured", `the kubeconfig ${path} ${problem}`);
  const bytes = await readFile(path).catch(() => {
    throw refuse("cannot be read");
  });
  const root = parse(bytes) ?? undefined;
  if (root === undefined) throw refuse("is not YAML that can be read");
  const context = named(root, "contexts", text(root, "current-context"), "context");
  const cluster = named(root, "clusters", text(context, "cluster"), "cluster");
  const user = named(root, "users", text(context, "user"), "user");
  const server = text(cluster, "server").replace(/\/+$/u, "");
  if (!isAcceptable(server)) throw refuse("names no https server for its current context");
  if (goField(user ?? root, "exec") !== undefined) throw refuse("gets its credential from a command; give it a token");
  const content = async (node: GoNode | undefined, name: string) => {
    const inline = text(node, `${name}-data`);
    if (inline !== "") return Buffer.from(inline, "base64").toString("utf8");
    const file = text(node, name);
    if (file === "") return undefined;
    const read = await readFile(resolve(dirname(path), file)).catch(() => {
      throw refuse(`names a ${name} that cannot be read`);
    });
    return Buffer.from(read).toString("utf8");
  };
  const [ca, certificate, key] = await Promise.all([
    content(cluster, "certificate-authority"),
    content(user, "client-certificate"),
    content(user, "client-key"),
  ]);
  const client =
    certificate === undefined || key === undefined ? {} : { client: { certificate, key: Secret.fromText(key) } };
  const serverName = text(cluster, "tls-server-name");
  const tokenFile = text(user, "tokenFile");
  const token = text(user, "token");
  return {
    server,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...client,
      ...(serverName === "" ? {} : { serverName }),
      insecure: text(cluster, "insecure-skip-tls-verify") === "true",
    },
    namespace: text(context, "namespace") || "default",
    token: async () => {
      if (tokenFile === "") return token === "" ? undefined : Secret.fromText(token);
      return Secret.fromText(
        Buffer.from(await readFile(resolve(dirname(path), tokenFile)))
          .toString("utf8")
          .trim(),
      );
    },
  };
}

function parse(bytes: Uint8Array): GoNode | undefined {
  try {
    return parseGoYaml(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

function text(node: GoNode | undefined, name: string): string {
  const field = node === undefined ? undefined : goField(node, name);
  return (field === undefined ? undefined : goString(field)) ?? "";
}

function named(root: GoNode, list: string, name: string, field: string): GoNode | undefined {
  const items = goField(root, list);
  const entry = items?.kind === "list" ? items.items.find((item) => text(item, "name") === name) : undefined;
  return entry === undefined ? undefined : goField(entry, field);
}

/** https, or plain http on loopback, where `kubectl proxy` and tests listen. */
function isAcceptable(server: string): boolean {
  const url = URL.parse(server);
  if (url?.username !== "") return false;
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
}
