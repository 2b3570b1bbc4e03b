import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import type { ClusterState } from "./state.ts";

/** What of a Kubernetes object tests look at: fields by name, of any shape. */
export type KubeObject = Readonly<Record<string, unknown>>;

export interface ApiAnswer {
  readonly status: number;
  readonly body: KubeObject;
}

/** A client of the API server as one user. Paths are as in `/api/v1/namespaces/shop/pods`. */
export interface KubeApi {
  ask(method: string, path: string, body?: KubeObject, type?: string): Promise<ApiAnswer>;
  /** Rejects with what the server says unless it succeeds. */
  do(method: string, path: string, body?: KubeObject, type?: string): Promise<KubeObject>;
  /** Undefined if it is not there. */
  get(path: string): Promise<KubeObject | undefined>;
  list(path: string): Promise<readonly KubeObject[]>;
  /** Creates or changes by server-side apply. */
  apply(object: KubeObject): Promise<KubeObject>;
}

/** Plural names of the kinds that tests apply, with whether they are namespaced. */
const kinds: Readonly<Record<string, readonly [string, boolean]>> = {
  Namespace: ["namespaces", false],
  ServiceAccount: ["serviceaccounts", true],
  ConfigMap: ["configmaps", true],
  Secret: ["secrets", true],
  Pod: ["pods", true],
  DaemonSet: ["daemonsets", true],
  NetworkPolicy: ["networkpolicies", true],
  Role: ["roles", true],
  RoleBinding: ["rolebindings", true],
  ClusterRole: ["clusterroles", false],
  ClusterRoleBinding: ["clusterrolebindings", false],
  CSIDriver: ["csidrivers", false],
  CustomResourceDefinition: ["customresourcedefinitions", false],
  SecretProviderClass: ["secretproviderclasses", true],
  SecretSync: ["secretsyncs", true],
};

interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Where an object of a manifest is. Throws for a kind that is not in the list. */
export function pathOf(object: KubeObject): string {
  const { apiVersion, kind, metadata } = object as unknown as Named;
  const known = kinds[kind];
  if (known === undefined) throw new Error(`test/cluster/harness/api.ts does not know the kind ${kind}`);
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const space = known[1] ? `/namespaces/${metadata.namespace ?? "default"}` : "";
  return `${root}${space}/${known[0]}/${metadata.name}`;
}

/** The API as the user of a token. */
export function kubeApi(state: ClusterState, token = state.admin): KubeApi {
  const agent = new Agent({ keepAlive: true, maxSockets: 20, ca: readFileSync(state.authority) });
  const ask = (method: string, path: string, body?: KubeObject, type = "application/json"): Promise<ApiAnswer> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, accept: "application/json", "content-type": type };
      const sent = request(new URL(path, state.server), { method, headers, agent, timeout: 30_000 }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part)).once("error", reject);
        answer.once("end", () => {
          const text = Buffer.concat(parts).toString();
          const isJson = answer.headers["content-type"]?.startsWith("application/json") === true;
          const read = isJson ? (JSON.parse(text) as KubeObject) : { message: text };
          resolve({ status: answer.statusCode ?? 0, body: read });
        });
      });
      sent.once("error", reject).once("timeout", () => sent.destroy(new Error(`${method} ${path}: no answer`)));
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const act = async (method: string, path: string, body?: KubeObject, type?: string): Promise<KubeObject> => {
    const answer = await ask(method, path, body, type);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${String(answer.body["message"])}`);
    return answer.body;
  };
  return {
    ask,
    do: act,
    get: async (path) => {
      const { status, body } = await ask("GET", path);
      if (status === 404) return undefined;
      if (status >= 300) throw new Error(`GET ${path}: ${status} ${String(body["message"])}`);
      return body;
    },
    list: async (path) => (await act("GET", path))["items"] as readonly KubeObject[],
    apply: (object) =>
      act("PATCH", `${pathOf(object)}?fieldManager=test&force=true`, object, "application/apply-patch+yaml"),
  };
}

/** A field of a field of …; undefined where one is missing. */
export function at(object: unknown, ...names: readonly (string | number)[]): unknown {
  return names.reduce<unknown>(
    (value, name) => (value as Record<string | number, unknown> | undefined)?.[name],
    object,
  );
}
