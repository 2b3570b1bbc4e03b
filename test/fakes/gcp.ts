import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { accessSecret, initialSecrets, refuse, renderParameter, type Answer } from "./gcp-objects.ts";

/** The parts that one server plays. */
export type GcpPart = "store" | "sts" | "iam" | "metadata" | "oauth";

/** What is wrong with a part; holds until it is set again. */
export type GcpFault =
  | { readonly kind: "hang" | "garbage" | "html" | "huge" | "cut" }
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: number; readonly body?: unknown };

/** A request as it came. */
export interface GcpRequest {
  readonly part: GcpPart;
  readonly path: string;
  readonly authorization: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Google's servers as far as a provider sees them: two stores, token exchange, IAM credentials, metadata, OAuth. */
export interface FakeGcp {
  readonly url: string;
  readonly requests: GcpRequest[];
  /** Secrets by id; they can be changed. */
  readonly secrets: Map<string, Buffer>;
  /** Labels of secrets by id. */
  readonly labels: Map<string, Readonly<Record<string, string>>>;
  /** Secrets on a page of a list, whatever is asked for. */
  pageSize: number;
  readonly faults: Map<GcpPart, GcpFault>;
  /** What metadata knows; a missing name is 404. */
  readonly metadata: Map<string, string>;
  /** Number of the version that `latest` is. */
  latest: string;
  /** The exchange takes this audience only. */
  audience: string;
  /** Lifetime of access tokens, in seconds. */
  lifetime: number;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Milliseconds before each answer. */
  latency: number;
  /** Makes every access token given out so far invalid. */
  revoke(): void;
  count(part: GcpPart): number;
  /** Requests under way. */
  underWay(): number;
  close(): Promise<void>;
}

/** Audience of the exchange for the cluster that the metadata names. */
export const gkeAudience =
  "identitynamespace:my-project.svc.id.goog:" +
  "https://container.googleapis.com/v1/projects/my-project/locations/us-central1/clusters/one";

/** A subject token that the exchange refuses, quoting it back as no server should. */
export const refusedToken = "refused-subject-token-canary";

/** Starts the fake on a free port of the loopback. */
export async function startGcp(): Promise<FakeGcp> {
  const issued = new Set<string>();
  let [underWay, serial] = [0, 0];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    underWay += 1;
    response.on("close", () => (underWay -= 1));
    void answer(request, response);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const issue = (kind: string) => {
    serial += 1;
    const token = `${kind}-token-canary-${serial}`;
    issued.add(token);
    return token;
  };
  const fake: FakeGcp = {
    url: "",
    requests: [],
    secrets: initialSecrets(),
    labels: new Map(),
    pageSize: 2,
    faults: new Map(),
    metadata: new Map([
      ["project/project-id", "my-project"],
      ["instance/attributes/cluster-location", "us-central1"],
      ["instance/attributes/cluster-name", "one"],
    ]),
    latest: "2",
    audience: gkeAudience,
    lifetime: 3600,
    now: () => Date.now(),
    latency: 0,
    revoke: () => issued.clear(),
    count: (part) => fake.requests.filter((request) => request.part === part).length,
    underWay: () => underWay,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request);
    const path = decodeURIComponent(request.url ?? "");
    const part = partOf(path);
    const { headers } = request;
    const authorization = headers.authorization ?? "";
    const body = bodyOf(text, headers["content-type"] ?? "");
    fake.requests.push({ part, path, authorization, headers, body });
    if (fake.latency > 0) await new Promise((resolve) => setTimeout(resolve, fake.latency));
    const fault = fake.faults.get(part);
    if (fault !== undefined) fail(fault, response);
    else send(response, respond({ part, path, authorization, headers, body }, fake, { issued, issue }));
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(fake, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function bodyOf(text: string, type: string): Readonly<Record<string, unknown>> {
  if (type.includes("urlencoded")) return Object.fromEntries(new URLSearchParams(text));
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function partOf(path: string): GcpPart {
  if (path.startsWith("/computeMetadata/")) return "metadata";
  if (path.endsWith(":generateAccessToken")) return "iam";
  if (path === "/v1/token" || path === "/v1/identitybindingtoken") return "sts";
  return path === "/token" ? "oauth" : "store";
}

interface Tokens {
  readonly issued: ReadonlySet<string>;
  issue(kind: string): string;
}

function respond(request: GcpRequest, fake: FakeGcp, { issued, issue }: Tokens): Answer {
  const { part, path, body, authorization } = request;
  const oauth = (kind: string): Answer => ({
    status: 200,
    body: { access_token: issue(kind), token_type: "Bearer", expires_in: fake.lifetime },
  });
  if (part === "metadata") return metadata(request, fake, oauth);
  if (part === "oauth") return oauth("oauth");
  if (part === "sts") {
    if (body["audience"] !== fake.audience) return invalid("invalid_target", "The target service is unknown.");
    if (body["subject_token"] === refusedToken) return invalid("invalid_grant", `Token ${refusedToken} is expired.`);
    return oauth("federated");
  }
  if (!issued.has(authorization.replace(/^Bearer /, ""))) {
    return refuse(401, "UNAUTHENTICATED", `Request had invalid authentication credentials ${authorization}.`);
  }
  if (part === "iam") {
    if (path.includes("/denied@"))
      return refuse(403, "PERMISSION_DENIED", "Permission denied", "IAM_PERMISSION_DENIED");
    const expireTime = new Date(fake.now() + fake.lifetime * 1000).toISOString();
    return { status: 200, body: { accessToken: issue("gsa"), expireTime } };
  }
  const [, parent] = /^\/v1\/(projects\/[^:?]+)\/secrets\?(.*)$/.exec(path) ?? [];
  if (parent !== undefined) return listSecrets(parent, new URL(path, "http://fake").searchParams, fake);
  const [, name = "", verb] = /^\/v1\/(.*):(access|render)$/.exec(path) ?? [];
  if (verb === "access") return accessSecret(name, fake.secrets, fake.latest);
  return verb === "render" ? renderParameter(name) : refuse(404, "NOT_FOUND", "no such method");
}

function metadata(request: GcpRequest, fake: FakeGcp, oauth: (kind: string) => Answer): Answer {
  if (request.headers["metadata-flavor"] !== "Google") return { status: 403, body: "header missing" };
  const name = request.path.replace("/computeMetadata/v1/", "");
  if (name.startsWith("instance/service-accounts/default/token")) return oauth("node");
  const text = fake.metadata.get(name);
  return text === undefined ? { status: 404, body: "not found" } : { status: 200, body: text };
}

function invalid(error: string, description: string): Answer {
  return { status: 400, body: { error, error_description: description } };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const type = typeof body === "string" ? "application/text" : "application/json; charset=UTF-8";
  response.writeHead(status, { "content-type": type, "metadata-flavor": "Google" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

function fail(fault: GcpFault, response: ServerResponse): void {
  switch (fault.kind) {
    case "hang":
      return;
    case "garbage":
      response.writeHead(200, { "content-type": "application/json" }).end('{"name": "garbage-canary');
      return;
    case "html":
      response.writeHead(200, { "content-type": "text/html" }).end("<html><body>log in here</body></html>");
      return;
    case "huge":
      response.writeHead(200, { "content-type": "application/json" });
      response.end(`{"name":"${"x".repeat(24 * 1024 * 1024)}"}`);
      return;
    case "cut":
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"name":');
      setTimeout(() => response.destroy(), 20);
      return;
    case "status":
      if (fault.retryAfter !== undefined) response.setHeader("retry-after", String(fault.retryAfter));
      response.writeHead(fault.status, { "content-type": "application/json" });
      response.end(JSON.stringify(fault.body ?? { canary: "status-body-canary" }));
  }
}

/** `ListSecrets`: filters by what the name holds and by labels; nobody may list the project `denied`. */
function listSecrets(parent: string, query: URLSearchParams, { secrets, labels, pageSize }: FakeGcp): Answer {
  if (parent.includes("/denied")) {
    const message = "Permission 'secretmanager.secrets.list' denied for resource.";
    return refuse(403, "PERMISSION_DENIED", message, "IAM_PERMISSION_DENIED");
  }
  const terms = [...(query.get("filter") ?? "").matchAll(/(name|labels\.\w+)[:=]"([^"]*)"/gu)];
  const fits = (id: string) =>
    terms.every(([, field = "", text = ""]) =>
      field === "name" ? id.includes(text) : labels.get(id)?.[field.replace("labels.", "")] === text,
    );
  const found = [...secrets.keys()].filter(fits);
  const skip = Number(query.get("pageToken") ?? "0");
  const page = found.slice(skip, skip + pageSize).map((id) => ({
    name: `${parent.replace("my-project", "123456789")}/secrets/${id}`,
    labels: labels.get(id) ?? {},
  }));
  const more = skip + pageSize < found.length ? { nextPageToken: String(skip + pageSize) } : {};
  return { status: 200, body: page.length === 0 ? more : { secrets: page, ...more } };
}
