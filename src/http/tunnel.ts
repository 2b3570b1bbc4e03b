import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { isIP, type Socket } from "node:net";
import { connect as secure } from "node:tls";
import type { buildConnector } from "undici";
import { MountError } from "../model/error.ts";
import { connectionError } from "./connection-error.ts";
import { hostOf, portOf, type Proxy } from "./proxy.ts";
import { tlsOptions, type TlsSettings } from "./tls.ts";

/**
 * Connects to https servers through a proxy's tunnel (RFC 9110, section 9.3.6): TLS is with the server itself, by its
 * settings, and the proxy sees names and bytes only. `limit`: longest time until the connection stands, in milliseconds.
 */
export function tunnelConnector(proxy: Proxy, tls: TlsSettings | undefined, limit: number): buildConnector.connector {
  return ({ hostname, port }, done) => {
    const host = hostname.replace(/^\[(.*)\]$/u, "$1");
    const target = `${hostname}:${port === "" ? "443" : port}`;
    const timer = setTimeout(() => fail(refusal(proxy, target, "no tunnel in time")), limit);
    let opened: Socket | undefined;
    const end = once(() => clearTimeout(timer));
    const fail = (error: Error) => {
      if (!end()) return;
      opened?.destroy();
      asked.destroy();
      done(error, null);
    };
    const asked = ask(proxy, target);
    // Errors may come after the first one, too; nobody waits for them then.
    asked.on("error", (thrown) => fail(connectionError(`proxy ${proxy.url.host} (${proxy.variable})`, thrown)));
    asked.once("connect", ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
      opened = socket;
      socket.on("error", fail);
      if (statusCode !== 200) {
        fail(refused(proxy, target, statusCode));
        return;
      }
      if (head.length > 0) {
        fail(refusal(proxy, target, "it sends bytes of its own"));
        return;
      }
      const servername = tls?.serverName ?? (isIP(host) === 0 ? host : "");
      const inner = secure({ ...tlsOptions(tls), socket, host, servername, ALPNProtocols: ["http/1.1"] });
      opened = inner;
      inner.on("error", fail);
      inner.once("secureConnect", () => {
        if (!end()) return;
        inner.removeListener("error", fail);
        done(null, inner);
      });
    });
    asked.end();
  };
}

function ask({ url, authorization }: Proxy, target: string) {
  const credentials = authorization === undefined ? {} : { "proxy-authorization": authorization.revealText() };
  const options = {
    host: hostOf(url),
    port: portOf(url),
    method: "CONNECT",
    path: target,
    headers: { host: target, ...credentials },
    agent: false,
  };
  return url.protocol === "https:" ? tlsRequest(options) : plainRequest(options);
}

/** True the first time only. */
function once(work: () => void): () => boolean {
  let isDone = false;
  return () => {
    if (isDone) return false;
    isDone = true;
    work();
    return true;
  };
}

/** What a proxy's own answer means, where it is not that it leads on. */
export function refused(proxy: Proxy, target: string, status: number): MountError {
  if (status === 407) {
    const fix =
      proxy.authorization === undefined ? "write user and password into it" : "correct user and password in it";
    return refusal(proxy, target, `it asks for credentials (status 407); ${fix}`, "not_configured");
  }
  const isOutage = status === 429 || status >= 500;
  return refusal(proxy, target, `it refused with status ${status}`, isOutage ? "store_unavailable" : "not_configured");
}

function refusal(
  { url, variable }: Proxy,
  target: string,
  problem: string,
  reason: "store_unavailable" | "not_configured" = "store_unavailable",
): MountError {
  return new MountError(reason, `${target} is not reached through proxy ${url.host} (${variable}): ${problem}`);
}
