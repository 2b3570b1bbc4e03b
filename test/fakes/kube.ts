import { startServer, type SmallServer } from "./small-server.ts";

/** A Kubernetes API with Secrets, TokenRequest, Events, CSIDriver and SelfSubjectAccessReview, and nothing else. */
export interface FakeKube extends SmallServer {
  /** Data of Secrets, base64, by `namespace/name`. */
  readonly secrets: Map<string, Readonly<Record<string, string>>>;
  /** Annotations of service accounts by `namespace/name`; one that is not there has none and exists all the same. */
  readonly accounts: Map<string, Readonly<Record<string, string>> | undefined>;
  /** Uids of pods by `namespace/name`. */
  readonly pods: Map<string, string>;
  /** Names of the nodes that pods are on, by `namespace/name`. */
  readonly podNodes: Map<string, string>;
  /** Annotations of pods, by `namespace/name`; a pod that has an entry here exists. */
  readonly podAnnotations: Map<string, Readonly<Record<string, string>>>;
  /** Labels of nodes by name. */
  readonly nodes: Map<string, Readonly<Record<string, string>>>;
  /** Calls that are refused with 403, as `METHOD path`. */
  readonly forbidden: Set<string>;
  /** The `spec` of CSIDriver objects by name. */
  readonly csiDrivers: Map<string, object>;
  /** Arguments of the driver's container in its DaemonSet; without any there is no DaemonSet. */
  readonly driverArgs: string[];
  /** What a SelfSubjectAccessReview allows, as `verb resource`, `verb resource/subresource` or `verb resource namespace`. */
  readonly allowed: Set<string>;
  /** Bodies of created Events. */
  readonly events: unknown[];
  /** As the API does an hour after an Event. */
  forgetEvents(): void;
  /** `beforeCreate` runs once before the next Secret is created. */
  readonly hooks: { beforeCreate?: (() => void) | undefined };
}

const json = (status: number, value: unknown) => ({ status, body: JSON.stringify(value) });

/** Starts the fake. TokenRequests are answered with `tr-jwt-` and the audiences. */
export async function startKube(): Promise<FakeKube> {
  const secrets: FakeKube["secrets"] = new Map();
  const forbidden: FakeKube["forbidden"] = new Set();
  const events: unknown[] = [];
  const accounts: FakeKube["accounts"] = new Map();
  const pods: FakeKube["pods"] = new Map();
  const podNodes: FakeKube["podNodes"] = new Map();
  const podAnnotations: FakeKube["podAnnotations"] = new Map();
  const nodes: FakeKube["nodes"] = new Map();
  const csiDrivers: FakeKube["csiDrivers"] = new Map();
  const driverArgs: string[] = [];
  const allowed: FakeKube["allowed"] = new Set();
  const hooks: { beforeCreate?: (() => void) | undefined } = {};
  const server = await startServer(({ method, url, body }) => {
    if (forbidden.has(`${method} ${url}`)) return json(403, { reason: "Forbidden" });
    const token = /^\/api\/v1\/namespaces\/[^/]+\/serviceaccounts\/[^/]+\/token$/.exec(url);
    if (token !== null && method === "POST") {
      const { spec } = JSON.parse(body) as { spec: { audiences: readonly string[] } };
      return json(201, { status: { token: `tr-jwt-${spec.audiences.join(",")}` } });
    }
    if (url.startsWith("/apis/apps/v1/daemonsets?labelSelector=") && method === "GET") {
      const item = {
        spec: { template: { spec: { containers: [{ name: "node-driver-registrar" }, { args: driverArgs }] } } },
      };
      return json(200, { kind: "DaemonSetList", items: driverArgs.length === 0 ? [] : [item] });
    }
    const driver = /^\/apis\/storage\.k8s\.io\/v1\/csidrivers\/([^/]+)$/.exec(url);
    if (driver !== null && method === "GET") {
      const spec = csiDrivers.get(driver[1] ?? "");
      if (spec === undefined) return json(404, { kind: "Status", reason: "NotFound" });
      return json(200, { kind: "CSIDriver", metadata: { name: driver[1] }, spec });
    }
    if (url === "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" && method === "POST") {
      return json(201, { status: { allowed: allowed.has(reviewed(body)) } });
    }
    const pod = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)$/.exec(url);
    if (pod !== null && method === "GET") {
      const key = `${pod[1] ?? ""}/${pod[2] ?? ""}`;
      const [uid, nodeName] = [pods.get(key), podNodes.get(key)];
      const annotations = podAnnotations.get(key);
      const known = [uid, nodeName, annotations].some((one) => one !== undefined);
      if (!known) return json(404, { reason: "NotFound" });
      return json(200, { metadata: { uid: uid ?? "", annotations }, spec: { nodeName } });
    }
    const node = /^\/api\/v1\/nodes\/([^/]+)$/.exec(url);
    if (node !== null && method === "GET") {
      const labels = nodes.get(node[1] ?? "");
      return labels === undefined ? json(404, { reason: "NotFound" }) : json(200, { metadata: { labels } });
    }
    const account = /^\/api\/v1\/namespaces\/([^/]+)\/serviceaccounts\/([^/]+)$/.exec(url);
    if (account !== null && method === "GET") {
      const key = `${account[1] ?? ""}/${account[2] ?? ""}`;
      if (accounts.has(key) && accounts.get(key) === undefined) return json(404, { reason: "NotFound" });
      return json(200, { metadata: { uid: `uid-of-${key}`, annotations: accounts.get(key) ?? {} } });
    }
    const [, namespace = "", name = ""] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets(?:\/([^/]+))?$/.exec(url) ?? [];
    if (namespace !== "" && method === "GET") {
      const data = secrets.get(`${namespace}/${name}`);
      return data === undefined ? json(404, { reason: "NotFound" }) : json(200, { metadata: { name }, data });
    }
    if (namespace !== "" && method === "POST") {
      hooks.beforeCreate?.();
      hooks.beforeCreate = undefined;
      const made = JSON.parse(body) as { metadata: { name: string }; data: Readonly<Record<string, string>> };
      if (secrets.has(`${namespace}/${made.metadata.name}`)) return json(409, { reason: "AlreadyExists" });
      secrets.set(`${namespace}/${made.metadata.name}`, made.data);
      return json(201, made);
    }
    if (/^\/api\/v1\/namespaces\/[^/]+\/events$/.test(url) && method === "POST") {
      events.push(JSON.parse(body));
      return json(201, {});
    }
    if (/^\/api\/v1\/namespaces\/[^/]+\/events\/[^/]+$/.test(url) && method === "PATCH") {
      return events.length === 0 ? json(404, { reason: "NotFound" }) : json(200, {});
    }
    return json(404, { reason: "NotFound" });
  });
  const forgetEvents = () => void events.splice(0);
  return Object.assign(server, {
    secrets,
    accounts,
    pods,
    podNodes,
    podAnnotations,
    nodes,
    forbidden,
    csiDrivers,
    driverArgs,
    allowed,
    events,
    hooks,
    forgetEvents,
  });
}

/** What a SelfSubjectAccessReview asks for, as `allowed` spells it. */
function reviewed(body: string): string {
  const { spec } = JSON.parse(body) as {
    spec: { resourceAttributes: { verb: string; resource: string; subresource?: string; namespace?: string } };
  };
  const { verb, resource, subresource, namespace } = spec.resourceAttributes;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return [verb, what, namespace].filter((part) => part !== undefined).join(" ");
}
