import { isIP } from "node:net";
import { MountError } from "../model/error.ts";
import { Secret } from "../model/secret.ts";
import { parseNoProxy, type IsExcepted } from "./no-proxy.ts";

/** A proxy that servers are asked through. */
export interface Proxy {
  /** The variable that names it. */
  readonly variable: string;
  /** `http:` or `https:`, without credentials. */
  readonly url: URL;
  /** Value of `proxy-authorization`, where the variable holds a user. */
  readonly authorization: Secret | undefined;
}

/** The proxy for an address; undefined where it is asked directly. Throws MountError `not_configured`. */
export type ChooseProxy = (url: URL) => Proxy | undefined;

type Environment = Readonly<Record<string, string | undefined>>;

/** Nothing is asked through a proxy. */
export const noProxy: ChooseProxy = () => undefined;

/** Metadata servers of clouds are on the node itself; so is what has a link-local address. */
const metadataHosts: ReadonlySet<string> = new Set(["metadata.google.internal", "metadata"]);

/** Names of the cluster's own API server. */
const apiHosts: ReadonlySet<string> = new Set(
  ["", ".svc", ".svc.cluster.local"].map((suffix) => `kubernetes.default${suffix}`),
);

/**
 * Chooses by HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in upper case or lower, as Go programs do
 * (golang.org/x/net/http/httpproxy), but for what is on the node itself or is the cluster's API, and for a variable that cannot be read, which
 * fails every call that it is for. Localhost is never asked through a proxy.
 */
export function proxiesOf(env: Environment): ChooseProxy {
  const [plain, tls] = [readProxy(env, "HTTP_PROXY"), readProxy(env, "HTTPS_PROXY")];
  if (plain === undefined && tls === undefined) return noProxy;
  const isExcepted = parseNoProxy(valueOf(env, "NO_PROXY").value);
  return (url) => {
    const proxy = url.protocol === "https:" ? tls : plain;
    if (proxy === undefined || isDirect(url, isExcepted)) return undefined;
    if (proxy instanceof MountError) throw proxy;
    return proxy;
  };
}

function isDirect(url: URL, isExcepted: IsExcepted): boolean {
  const host = hostOf(url);
  if (host === "localhost" || isNodeLocal(host) || metadataHosts.has(host) || apiHosts.has(host)) return true;
  return isExcepted(host, portOf(url));
}

/** The host without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/u, "$1");
}

/** The port, also where it is the scheme's own. */
export function portOf({ protocol, port }: URL): string {
  return port === "" ? (protocol === "https:" ? "443" : "80") : port;
}

/** Loopback and link-local addresses. */
function isNodeLocal(host: string): boolean {
  const kind = isIP(host);
  if (kind === 4) return host.startsWith("127.") || host.startsWith("169.254.");
  // fd00:ec2:: is where EC2 and EKS have on each node what 169.254 has for IPv4.
  return kind === 6 && /^(?:::1$|fe[89ab][0-9a-f]:|fd00:ec2:|::ffff:7f)/u.test(host);
}

function valueOf(env: Environment, name: string): { readonly variable: string; readonly value: string } {
  const variable = [name, name.toLowerCase()].find((one) => (env[one] ?? "") !== "") ?? name;
  return { variable, value: env[variable] ?? "" };
}

function readProxy(env: Environment, name: string): Proxy | MountError | undefined {
  const { variable, value } = valueOf(env, name);
  return parseProxy(variable, value);
}

/**
 * The proxy that the value of a variable names; undefined for an empty one, an error for one that cannot be used. A value
 * without a scheme is an HTTP proxy's.
 */
export function parseProxy(variable: string, value: string): Proxy | MountError | undefined {
  if (value === "") return undefined;
  const url = parseUrl(value.includes("://") ? value : `http://${value}`);
  if (url === undefined) return unusable(variable, "it is not an address; write http://proxy.example.com:8080");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return unusable(variable, "its scheme is not supported; only http:// and https:// proxies are");
  }
  const user = `${decoded(url.username)}:${decoded(url.password)}`;
  const authorization = user === ":" ? undefined : Secret.fromText(`Basic ${Buffer.from(user).toString("base64")}`);
  return { variable, url: new URL(url.origin), authorization };
}

function parseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url === undefined || url.host === "" ? undefined : url;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unusable(variable: string, problem: string): MountError {
  return new MountError("not_configured", `the daemon's environment variable ${variable} cannot be used: ${problem}`);
}
