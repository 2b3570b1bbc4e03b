import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** A request as it arrived. */
export interface Asked {
  readonly method: string;
  /** Path and query as they stood on the wire. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What a small server answers. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Switches for what networks and servers do when they fail; each holds until the next. */
export interface ServerFaults {
  hang(): void;
  status(code: number, retryAfter?: number): void;
  garbage(): void;
  huge(): void;
  cut(): void;
  clear(): void;
  /** Requests under way. */
  underWay(): number;
}

export interface SmallServer {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly port: number;
  /** Every request so far, in order of arrival. */
  readonly asked: Asked[];
  readonly faults: ServerFaults;
  /** Milliseconds before each answer. */
  latency: number;
  close(): Promise<void>;
}

type Fault = (response: ServerResponse) => void;

/** Starts a server on loopback that answers with `reply`, over TLS where options for it are given; a thrown error is status 500. */
export async function startServer(
  reply: (asked: Asked) => Reply | Promise<Reply>,
  tls?: ServerOptions,
  port = 0,
): Promise<SmallServer> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let fault: Fault | undefined;
  let underWay = 0;
  const own: { latency: number } = { latency: 0 };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    underWay += 1;
    response.on("close", () => (underWay -= 1));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    const one = { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
    asked.push(one);
    if (own.latency > 0) await new Promise((resolve) => setTimeout(resolve, own.latency));
    if (fault !== undefined) {
      fault(response);
      return;
    }
    const { status = 200, headers: more = {}, body = "" } = await reply(one);
    response.writeHead(status, { "content-type": "application/json", ...more }).end(body);
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch(() => response.writeHead(500).end());
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const bound = (server.address() as AddressInfo).port;
  const set = (next: Fault | undefined) => (fault = next);
  return Object.assign(own, {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${bound}`,
    port: bound,
    asked,
    faults: {
      hang: () => void set(() => undefined),
      status: (code: number, retryAfter?: number) =>
        void set((response) => {
          response.writeHead(code, retryAfter === undefined ? {} : { "retry-after": String(retryAfter) });
          response.end(JSON.stringify({ errors: ["made up"] }));
        }),
      garbage: () => void set((response) => response.writeHead(200).end("<html>garbage</html>")),
      huge: () => void set((response) => response.writeHead(200).end(Buffer.alloc(10 << 20, "x"))),
      cut: () =>
        void set((response) => {
          response.writeHead(200, { "content-length": "1000" });
          response.write('{"data":{', () => response.socket?.destroy());
        }),
      clear: () => void set(undefined),
      underWay: () => underWay,
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  });
}
