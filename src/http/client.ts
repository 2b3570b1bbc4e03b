import type { Agent, buildConnector } from "undici";
import { MountError } from "../model/error.ts";
import { readBody } from "./body.ts";
import { connectionError } from "./connection-error.ts";
import { noProxy, type ChooseProxy, type Proxy } from "./proxy.ts";
import { skipContinue } from "./skip-continue.ts";
import type { BodyMeter, Send, SendAnswer, SendRequest } from "./send.ts";
import { tlsKey, tlsOptions, type TlsSettings } from "./tls.ts";
import { refused, tunnelConnector } from "./tunnel.ts";

/** Connections to servers, kept alive and shared by all who ask the same server with the same TLS settings. */
export interface HttpClient {
  readonly send: Send;
  /** Closes every connection; what is under way fails. */
  close(): void;
}

/** Most sets of connections, one for each TLS setting and unix socket; above that the one used longest ago goes. */
const mostAgents = 64;

/**
 * Most connections to one server: well above the calls that the fetch layer lets through to one address, hanging ones
 * included, so that nobody ever waits here for a connection that another tenant holds.
 */
const mostConnections = 512;

/** How long an idle connection is kept, in milliseconds; below what load balancers in front of stores allow. */
const idle = 20_000;

/** Longest wait for a connection, in milliseconds. */
const connecting = 10_000;

/** While a body waits for room, its time limit is looked at again after this many ms. */
const roomPause = 1000;

/**
 * Makes a client that asks through the proxies given. `meterOf` finds, when a request is sent, whose room its answer
 * takes. undici is loaded on the first request.
 */
export function createHttpClient(
  chooseProxy: ChooseProxy = noProxy,
  meterOf: () => BodyMeter | undefined = () => undefined,
): HttpClient {
  const agents = new Map<string, Promise<Agent>>();
  const agentFor = (request: SendRequest, proxy: Proxy | undefined): Promise<Agent> => {
    const key = `${proxy?.variable ?? ""} ${proxy?.url.origin ?? ""}\n${request.socketPath ?? ""}\n${tlsKey(request.tls)}`;
    const agent = agents.get(key) ?? openAgent(request, proxy);
    agents.delete(key);
    agents.set(key, agent);
    const [oldest] = agents;
    if (agents.size > mostAgents && oldest !== undefined) {
      agents.delete(oldest[0]);
      void oldest[1].then((unused) => unused.close());
    }
    return agent;
  };
  return {
    send: async (request, signal) => {
      signal.throwIfAborted();
      check(request.url);
      const meter = meterOf();
      const proxy = request.socketPath === undefined ? (request.proxy ?? chooseProxy(request.url)) : undefined;
      return exchange({ agent: await agentFor(request, proxy), proxy, meter }, request, signal);
    },
    close: () => {
      for (const agent of agents.values()) void agent.then((open) => open.destroy());
      agents.clear();
    },
  };
}

function check(url: URL): void {
  const plain = url.username === "" && url.password === "";
  if (plain && (url.protocol === "http:" || url.protocol === "https:")) return;
  throw new MountError("parameter_invalid", "an address must start with https:// or http:// and hold no user name");
}

async function openAgent({ tls, socketPath, url }: SendRequest, proxy: Proxy | undefined): Promise<Agent> {
  // A bundle gives a CommonJS module's exports as its default only.
  const { default: undici } = await import("undici");
  const direct = {
    ...tlsOptions(proxy === undefined ? tls : undefined),
    timeout: connecting,
    ...(socketPath === undefined ? {} : { socketPath }),
  };
  const tunneled = proxy !== undefined && url.protocol === "https:";
  const connector = tunneled ? tunnelConnector(proxy, tls, connecting) : named(undici.buildConnector(direct), tls);
  const connect = skipping(connector);
  return new undici.Agent({
    connections: mostConnections,
    pipelining: 1,
    keepAliveTimeout: idle,
    allowH2: false,
    connect,
  });
}

/** Connections on which a server may say that it goes on, without having been asked. */
function skipping(connect: buildConnector.connector): buildConnector.connector {
  return (options, done) => {
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error === null) done(null, skipContinue(socket));
      else done(error, null);
    });
  };
}

/** undici would ask for the name of the host header, where a request has one of its own. */
function named(connect: buildConnector.connector, tls: TlsSettings | undefined): buildConnector.connector {
  const { serverName } = tls ?? {};
  if (serverName === undefined) return connect;
  return (options, done) => {
    connect({ ...options, servername: serverName }, done);
  };
}

/** Connections, and the proxy that they lead to, if they do. */
interface Way {
  readonly agent: Agent;
  readonly proxy: Proxy | undefined;
  readonly meter: BodyMeter | undefined;
}

/** One exchange under its own time limit; whatever ends it also ends its connection's work. */
async function exchange(way: Way, request: SendRequest, signal: AbortSignal): Promise<SendAnswer> {
  const { url, limit } = request;
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const late = new MountError("store_unavailable", `${url.host} did not answer within ${limit / 1000} s`);
  const expire = () => {
    if (way.meter?.waits === true) timer = setTimeout(expire, Math.min(limit, roomPause));
    else stop.abort(late);
  };
  let timer = setTimeout(expire, limit);
  try {
    signal.throwIfAborted();
    const answer = ask(way, request, stop.signal);
    answer.catch(() => undefined);
    return await Promise.race([answer, abortOf(stop.signal)]);
  } catch (thrown) {
    signal.throwIfAborted();
    if (stop.signal.aborted) throw late;
    throw thrown instanceof MountError ? thrown : connectionError(whom(url, way.proxy), thrown);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** Rejects when the signal aborts: undici itself does not look at it while it connects. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

/** Who did not answer: for http the proxy has the connection. */
function whom({ host, protocol }: URL, proxy: Proxy | undefined): string {
  return proxy === undefined || protocol === "https:"
    ? host
    : `proxy ${proxy.url.host} (${proxy.variable}), asked for ${host},`;
}

/** What a proxy is told of a request for an http server: the whole address (RFC 9112, section 3.2.2). */
function addressed({ url, headers }: SendRequest, proxy: Proxy | undefined) {
  const path = `${url.pathname}${url.search}`;
  if (proxy === undefined || url.protocol === "https:") return { origin: url.origin, path, headers };
  const { authorization } = proxy;
  const credentials = authorization === undefined ? {} : { "proxy-authorization": authorization.revealText() };
  return {
    origin: proxy.url.origin,
    path: `${url.origin}${path}`,
    headers: { ...headers, host: url.host, ...credentials },
  };
}

async function ask({ agent, proxy, meter }: Way, request: SendRequest, signal: AbortSignal): Promise<SendAnswer> {
  const { url, method, body, mostBytes, limit } = request;
  const answer = await agent.request({
    ...addressed(request, proxy),
    method,
    body: body ?? null,
    signal,
    headersTimeout: limit,
    bodyTimeout: limit,
  });
  const stream = answer.body as AsyncIterable<Uint8Array> & typeof answer.body;
  // Whoever leaves before the end is done with it, and with what its end would say.
  const drop = () => stream.on("error", () => undefined).destroy();
  // The one status that only a proxy answers with (RFC 9110, section 15.5.8).
  if (proxy !== undefined && answer.statusCode === 407) {
    drop();
    throw refused(proxy, url.host, answer.statusCode);
  }
  const headers = singleHeaders(answer.headers);
  const declared = Number(headers["content-length"] ?? 0);
  try {
    const limits = { host: url.host, mostBytes, declared: Number.isSafeInteger(declared) ? declared : 0 };
    return { status: answer.statusCode, headers, body: await readBody(stream, limits, meter, signal) };
  } catch (error) {
    drop();
    throw error;
  }
}

function singleHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): SendAnswer["headers"] {
  const entries = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value.join(", ") : value,
  ]);
  return Object.fromEntries(entries) as SendAnswer["headers"];
}
