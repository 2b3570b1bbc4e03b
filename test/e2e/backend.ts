import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One object of the server. */
export interface BackendObject {
  readonly bytes: Buffer;
  readonly version: string;
}

export interface Backend {
  /** `http://127.0.0.1:PORT/objects` */
  readonly address: string;
  readonly objects: Map<string, BackendObject>;
  /** Answers these statuses, in turn, before anything else; the last one for good if `forever`. */
  failWith(statuses: readonly number[], forever?: boolean): void;
  /** `namespace/serviceAccount` that may read; everyone when empty. */
  readonly allowed: Set<string>;
  /** Paths asked for, tokens seen, requests whose client went away before the answer. */
  readonly seen: { readonly paths: string[]; readonly tokens: string[]; aborted: number; underWay: number };
  close(): Promise<void>;
}

/** The server behind the stub store: `db`, `bin`, `gone`, `denied` and `slow` as the acceptance cases have them. */
export async function startBackend(): Promise<Backend> {
  let statuses: readonly number[] = [];
  let stays = false;
  const seen = { paths: [] as string[], tokens: [] as string[], aborted: 0, underWay: 0 };
  const objects = new Map<string, BackendObject>([
    ["db", { bytes: Buffer.from("s3cret"), version: "7" }],
    ["bin", { bytes: Buffer.from([0, 0xff, 0x0a, 0x80]), version: "1" }],
  ]);
  const allowed = new Set<string>();
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const [, folder = "", name = ""] = (request.url ?? "").split("/").map(decodeURIComponent);
    seen.paths.push(`${folder}/${name}`);
    seen.tokens.push(request.headers.authorization ?? "");
    seen.underWay += 1;
    response.once("close", () => {
      seen.underWay -= 1;
      if (!response.writableFinished) seen.aborted += 1;
    });
    const [next, ...rest] = statuses;
    if (next !== undefined) {
      if (rest.length > 0 || !stays) statuses = rest;
      response.writeHead(next).end("no");
      return;
    }
    const identity = String(request.headers["x-identity"]);
    if (name === "slow") return;
    if (name === "no-login") {
      response.writeHead(401).end("no");
      return;
    }
    if (name === "denied" || (allowed.size > 0 && !allowed.has(identity))) response.writeHead(403).end("no");
    else if (!objects.has(name)) response.writeHead(404).end("no");
    else response.writeHead(200, { "x-version": objects.get(name)?.version }).end(prefixed(folder, objects.get(name)));
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/objects`,
    objects,
    allowed,
    seen,
    failWith: (list, forever = false) => {
      statuses = list;
      stays = forever;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Objects of another folder differ from those of `objects`, so that a mix-up shows. */
function prefixed(folder: string, object: BackendObject | undefined): Buffer {
  const bytes = object?.bytes ?? Buffer.alloc(0);
  return folder === "objects" ? bytes : Buffer.concat([Buffer.from(`${folder}:`), bytes]);
}
