import { BoundedMap } from "../../model/bounded-map.ts";
import type { client as NodeVaultClient } from "node-vault";
import { parseRetryAfter } from "../../http/retry-after.ts";
import type { Proxy } from "../../http/proxy.ts";
import type { Send, SendAnswer } from "../../http/send.ts";
import type { TlsSettings } from "../../http/tls.ts";
import { MountError } from "../../model/error.ts";
import type { Clock } from "../../model/clock.ts";
import type { Secret } from "../../model/secret.ts";

/** One Vault or OpenBao server as somebody talks to it. */
export interface VaultServer {
  /** `https://…`, `http://…` or `unix:///path`; a path in a URL is a prefix of every request's. */
  readonly address: string;
  /** Empty for none. */
  readonly namespace: string;
  readonly tls: TlsSettings | undefined;
  /** What the operator set for its requests (default: nothing). */
  readonly client?: VaultClient | undefined;
}

/** What is different about the requests to a server. */
export interface VaultClient {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Longest wait for an answer, in milliseconds; 0 for the standard one. */
  readonly limit: number;
  readonly proxy: Proxy | undefined;
}

/** One request. */
export interface VaultCall {
  readonly method: string;
  /** Escaped, from the server's root, with its query; starts with a slash. */
  readonly path: string;
  readonly token?: Secret | undefined;
  /** JSON. */
  readonly body?: string | undefined;
}

/** An answer, whatever its status. */
export interface VaultReply {
  readonly status: number;
  readonly body: Uint8Array;
  /** What the server asks for, in milliseconds. */
  readonly retryAfter: number | undefined;
  /** Whether it is one to HEAD, which has no body. */
  readonly isHead?: boolean;
}

/**
 * Makes one request and follows one redirect on the same host. Rejects with MountError when there is no usable answer,
 * or with the signal's reason. Does not try again.
 */
export type CallVault = (server: VaultServer, call: VaultCall, signal: AbortSignal) => Promise<VaultReply>;

/** Longest wait for an answer in milliseconds, and its largest body in bytes. */
const limits = { limit: 30_000, mostBytes: 8 * 1024 * 1024 } as const;

/** Most clients kept, one for each address; they are cheap to make again. */
const mostClients = 256;

const redirects: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/** What the transport gets through node-vault besides its own options. */
interface Carried {
  readonly uri: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly own: { readonly server: VaultServer; readonly body: string | undefined; readonly signal: AbortSignal };
}

/**
 * Calls over node-vault with `send` as its transport. None of what node-vault takes from the daemon's environment is
 * used, and its debug output, which shows bodies, is off. It is loaded on the first call.
 */
export function createCallVault(send: Send, outside: Clock): CallVault {
  const clients = new BoundedMap<string, Promise<NodeVaultClient>>(mostClients);
  const clientFor = (address: string) => {
    const client = clients.get(address) ?? openClient(address, send);
    clients.set(address, client);
    return client;
  };
  return async (server, call, signal) => {
    signal.throwIfAborted();
    const client = await clientFor(server.address);
    const answer = await request(client, server, call, signal);
    return {
      status: answer.status,
      body: answer.body,
      retryAfter: parseRetryAfter(answer.headers["retry-after"], outside.now()),
      isHead: call.method === "HEAD",
    };
  };
}

async function openClient(address: string, send: Send): Promise<NodeVaultClient> {
  const { default: nodeVault } = await import("node-vault");
  const transport = async (options: Carried) => {
    const answer = await exchange(options, send);
    return { statusCode: answer.status, body: answer, request: { path: "" } };
  };
  const client = nodeVault({
    endpoint: originOf(address),
    debug: () => undefined,
    "request-promise": { defaults: () => transport },
  });
  return Object.assign(client, { apiVersion: "", pathPrefix: "", token: "", namespace: "" });
}

function originOf(address: string): string {
  if (address.startsWith("unix://")) return "http://localhost";
  const url = URL.parse(address);
  if (url !== null && ["http:", "https:"].includes(url.protocol) && url.username === "") return url.origin;
  throw new MountError("parameter_invalid", "the address must start with https://, http:// or unix://");
}

/** The path that an address puts before every request's, escaped, without a slash at its end. */
export function addressPrefix(address: string): string {
  return address.startsWith("unix://") ? "" : (URL.parse(address)?.pathname ?? "").replace(/\/+$/u, "");
}

/** node-vault rejects for every status but 200 and 204, with the answer on the error. */
async function request(
  client: NodeVaultClient,
  server: VaultServer,
  { method, path, token, body }: VaultCall,
  signal: AbortSignal,
): Promise<SendAnswer> {
  const headers = {
    ...server.client?.headers,
    "x-vault-request": "true",
    ...(token === undefined ? {} : { "x-vault-token": token.revealText() }),
    ...(server.namespace === "" ? {} : { "x-vault-namespace": server.namespace }),
  };
  const own: Carried["own"] = { server, body, signal };
  try {
    return (await client.request({ method, path: path.slice(1), headers, own })) as SendAnswer;
  } catch (thrown) {
    signal.throwIfAborted();
    const answer = answerIn(thrown);
    if (answer !== undefined) return answer;
    throw MountError.from(thrown);
  }
}

function answerIn(thrown: unknown): SendAnswer | undefined {
  if (typeof thrown !== "object" || thrown === null || !("response" in thrown)) return undefined;
  return (thrown as { readonly response: { readonly body: SendAnswer } }).response.body;
}

async function exchange({ uri, method, headers, own }: Carried, send: Send): Promise<SendAnswer> {
  const { server, body, signal } = own;
  const socketPath = server.address.startsWith("unix://") ? server.address.slice("unix://".length) : undefined;
  const { limit = 0, proxy } = server.client ?? {};
  const bounds = limit === 0 ? limits : { ...limits, limit };
  const ask = (url: URL) => send({ method, url, headers, body, tls: server.tls, socketPath, proxy, ...bounds }, signal);
  const url = new URL(uri);
  const first = await ask(url);
  if (!redirects.has(first.status)) return first;
  const second = await ask(redirectTarget(url, first));
  if (!redirects.has(second.status)) return second;
  throw new MountError("store_protocol", `${url.host} redirects more than once`);
}

/**
 * The token goes with the request, so it stays with the server that it was meant for: same scheme, host and port. Not from
 * http to https of the same host either: the token has been sent in the clear by then, and the address is what to correct.
 */
function redirectTarget(from: URL, { headers }: SendAnswer): URL {
  const target = URL.parse(headers["location"] ?? "", from.href);
  if (target !== null && target.origin === from.origin && target.username === "") return target;
  // A server's own words are shown as far as they look like an address, and no further.
  const isPlain = target !== null && /^https?:$/u.test(target.protocol) && /^[\w.:[\]-]{1,100}$/u.test(target.host);
  const where = isPlain ? `${target.protocol}//${target.host}` : "another place";
  throw new MountError(
    "store_protocol",
    `${from.host} redirects to ${where}; if that is the server to ask, make it the address`,
  );
}
