import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Metrics } from "../observe/metrics.ts";
import { StartError } from "./start-error.ts";
import { systemProblem } from "../model/system-error.ts";

export interface HealthSettings {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly metrics: Pick<Metrics, "text" | "contentType">;
  /** Why only a restart helps; undefined when the daemon is well. */
  hopeless(): string | undefined;
  /** Why the daemon cannot take Mounts; undefined when it can. */
  unready(): string | undefined | Promise<string | undefined>;
}

/** A health server that listens. */
export interface Health {
  /** `HOST:PORT` as chosen. */
  readonly address: string;
  close(): Promise<void>;
}

/** Milliseconds and bytes: probes and scrapers are near and small. */
const limits = { requestTimeout: 5000, headersTimeout: 5000, keepAliveTimeout: 5000, maxHeaderSize: 8192 };

/** Most connections at once; what comes above is dropped. */
const mostConnections = 64;

/** Serves `/livez` (and `/healthz`, its older name), `/readyz` and `/metrics` over plain HTTP. Throws StartError when the address cannot be had. */
export async function startHealth(settings: HealthSettings): Promise<Health> {
  const server = createServer(limits, (request, response) => void answer(settings, request, response));
  server.maxConnections = mostConnections;
  await listen(server, settings);
  return {
    address: addressText(server.address()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: HealthSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error) => {
      reject(new StartError(`cannot listen on health address ${host}:${port}: ${systemProblem(error)}`));
    };
    server.once("error", refused);
    server.listen({ host, port }, () => {
      server.off("error", refused);
      // Running out of file descriptors while accepting must not end the daemon.
      server.on("error", () => undefined);
      resolve();
    });
  });
}

function addressText(address: AddressInfo | string | null): string {
  if (address === null || typeof address === "string") return address ?? "";
  return address.family === "IPv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

interface Page {
  readonly status: number;
  readonly type?: string;
  readonly text: string;
}

async function answer(settings: HealthSettings, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, type, text } = await choosePage(settings, request).catch(() => ({
    status: 500,
    type: undefined,
    text: "internal error\n",
  }));
  response.writeHead(status, {
    "content-type": type ?? "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : text);
}

const paths = ["/livez", "/healthz", "/readyz", "/metrics"];

async function choosePage({ metrics, unready, hopeless }: HealthSettings, request: IncomingMessage): Promise<Page> {
  const path = request.url?.split("?", 1)[0];
  if (path === undefined || !paths.includes(path)) return { status: 404, text: "not found\n" };
  if (request.method !== "GET" && request.method !== "HEAD") return { status: 405, text: "only GET and HEAD\n" };
  if (path === "/metrics") return { status: 200, type: metrics.contentType, text: await metrics.text() };
  const reason = path === "/readyz" ? await unready() : hopeless();
  return reason === undefined ? { status: 200, text: "ok\n" } : { status: 503, text: `${reason}\n` };
}
