import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { connectionError } from "../../http/connection-error.ts";
import { tlsOptions } from "../../http/tls.ts";
import type { Endpoint } from "../../model/endpoint.ts";

/** How far a connection came. */
export type Step = "look-up" | "connection" | "handshake";

/** `until` is when the server's certificate ends, in milliseconds since 1970; undefined without TLS. */
export type Reached =
  | { readonly kind: "reached"; readonly until: number | undefined }
  | { readonly kind: "failed"; readonly step: Step; readonly problem: string };

const late: Readonly<Record<Step, string>> = {
  "look-up": "was not looked up by DNS",
  connection: "did not accept a connection",
  handshake: "accepted the connection, but did not finish the TLS handshake",
};

/** Opens a connection as a store's client would, up to the verified certificate, and closes it. Never rejects. */
export function reach(endpoint: Endpoint, limit: number): Promise<Reached> {
  const url = new URL(endpoint.address);
  const shown = url.protocol === "unix:" ? url.pathname : url.host;
  let step: Step = url.protocol === "unix:" || isIP(hostOf(url)) > 0 ? "connection" : "look-up";
  return new Promise((resolve) => {
    const socket = open(url, endpoint);
    const end = (result: Reached) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const failed = (problem: string) => {
      end({ kind: "failed", step, problem });
    };
    const timer = setTimeout(() => failed(`${shown} ${late[step]} within ${limit / 1000} s`), limit);
    socket.on("lookup", (error: Error | null) => {
      if (error === null) step = "connection";
    });
    socket.on("error", (error) => failed(connectionError(shown, error).message));
    socket.on("end", () => failed(`${shown} closed the connection`));
    socket.on("connect", () => {
      step = "handshake";
      if (url.protocol !== "https:") end({ kind: "reached", until: undefined });
    });
    socket.on("secureConnect", () => {
      const until = Date.parse(socket instanceof TLSSocket ? socket.getPeerCertificate().valid_to : "");
      end({ kind: "reached", until: Number.isNaN(until) ? undefined : until });
    });
  });
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/gu, "");
}

function open(url: URL, { ca, addsCa, serverName, insecure }: Endpoint): Socket {
  if (url.protocol === "unix:") return connectPlain({ path: decodeURIComponent(url.pathname) });
  const host = hostOf(url);
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if (url.protocol !== "https:") return connectPlain({ host, port });
  const named = isIP(host) > 0 ? {} : { servername: host };
  return connectTls({
    host,
    port,
    ...named,
    ...tlsOptions({ ca, addsCa, serverName, insecure }),
    ALPNProtocols: ["http/1.1"],
  });
}
