import { chooseTls, type VaultTls } from "./tls.ts";
import type { VaultClient, VaultServer } from "../../identity/vault/call.ts";
import type { VaultServers } from "../../identity/vault/servers.ts";
import type { ReadTls } from "./tls.ts";

/** Where a session's server is; files and addresses as they were written. */
export interface VaultConnection {
  /** Not empty; several are servers of one Vault. */
  readonly addresses: readonly string[];
  /** Empty for none. */
  readonly namespace: string;
  readonly tls: VaultTls;
  readonly client: VaultClient;
}

/** The server to ask now: TLS files as they are now, the healthiest address. Rejects with MountError. */
export async function connect(
  { addresses, namespace, tls, client }: VaultConnection,
  servers: VaultServers,
  readTls: ReadTls,
  signal: AbortSignal,
): Promise<VaultServer> {
  const settings = await chooseTls(tls, readTls);
  const address = await servers.choose(addresses, { namespace, tls: settings, client }, signal);
  return { address, namespace, tls: settings, client };
}

/** `host`, or `host:port` where the port is not the scheme's, of an address; undefined for a unix socket. */
export function hostOf(address: string): string | undefined {
  return address.startsWith("unix://") ? undefined : URL.parse(address)?.host;
}

/** Whether a namespace can be sent: in a header there is room for visible ASCII only. */
export function isNamespace(text: string): boolean {
  return /^[\x21-\x7e]{0,500}$/u.test(text);
}

/** What is wrong with an address; undefined when nothing is. */
export function addressProblem(address: string): string | undefined {
  if (address.startsWith("unix:///")) return undefined;
  const url = URL.parse(address);
  if (url === null || !["http:", "https:"].includes(url.protocol) || !/^https?:\/\//u.test(address)) {
    return "it does not start with https://, http:// or unix:///";
  }
  if (url.username !== "" || url.password !== "") return "it holds a user name";
  if (/%(?![0-9a-fA-F]{2})|%[89a-fA-F]/u.test(url.pathname)) return "its path has a % escape that cannot be used";
  return url.search === "" && url.hash === "" ? undefined : "it holds a query";
}

/** What is wrong with an address that leads into the API, or to the web interface; undefined when nothing is. */
export function apiPathProblem(address: string): string | undefined {
  const [, last] = /\/(v1|ui)\/?$/u.exec(URL.parse(address)?.pathname ?? "") ?? [];
  if (last === undefined) return undefined;
  return last === "v1" ? "it ends with /v1, which is added to it" : "it is that of the web interface";
}
