import { BlockList, isIP } from "node:net";

/** Whether an address is asked without a proxy, by what NO_PROXY says. */
export type IsExcepted = (host: string, port: string) => boolean;

/**
 * Reads NO_PROXY as Go programs do (golang.org/x/net/http/httpproxy, Config.NoProxy): names with all their subdomains,
 * `.name` and `*.name` for the subdomains only, IP addresses, networks as `10.0.0.0/8`, each of the first three with
 * `:port` where only that is meant, and `*` for everything. What cannot be read is passed over.
 */
export function parseNoProxy(text: string): IsExcepted {
  const entries = text.split(",").map((entry) => entry.trim().toLowerCase());
  if (entries.includes("*")) return () => true;
  const matchers = entries.flatMap((entry): readonly IsExcepted[] => {
    const matcher = entry === "" ? undefined : (network(entry) ?? name(entry));
    return matcher === undefined ? [] : [matcher];
  });
  return (host, port) => matchers.some((matches) => matches(host.toLowerCase(), port));
}

function network(entry: string): IsExcepted | undefined {
  const [, address = "", bits = ""] = /^([0-9a-f.:]+)\/(\d{1,3})$/u.exec(entry) ?? [];
  const kind = isIP(address);
  if (kind === 0 || Number(bits) > (kind === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), kind === 4 ? "ipv4" : "ipv6");
  return (host) => contains(list, host);
}

function name(entry: string): IsExcepted | undefined {
  const { host, port } = splitPort(entry);
  const fits = (given: string) => port === "" || port === given;
  const kind = isIP(host);
  if (kind !== 0) {
    const list = new BlockList();
    list.addAddress(host, kind === 4 ? "ipv4" : "ipv6");
    return (asked, askedPort) => fits(askedPort) && contains(list, asked);
  }
  const bare = host.replace(/^\*(?=\.)/u, "");
  if (bare === "") return undefined;
  const suffix = bare.startsWith(".") ? bare : `.${bare}`;
  return (asked, askedPort) => fits(askedPort) && (asked.endsWith(suffix) || asked === bare);
}

function contains(list: BlockList, host: string): boolean {
  const kind = isIP(host);
  return kind !== 0 && list.check(host, kind === 4 ? "ipv4" : "ipv6");
}

/** `name:port`, `[address]:port`, or without a port; an IPv6 address may stand bare. */
function splitPort(entry: string): { readonly host: string; readonly port: string } {
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/u.exec(entry) ?? [];
  return { host: bracketed ?? plain ?? entry, port };
}
