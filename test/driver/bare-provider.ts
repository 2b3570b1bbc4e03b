import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { loadPackageDefinition, Server, ServerCredentials, type ServerUnaryCall } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

/** What the bare provider was sent, field by field of the proto file. */
export interface ReceivedMount {
  readonly attributes: string;
  readonly secrets: string;
  readonly targetPath: string;
  readonly permission: string;
  readonly currentObjectVersion: readonly { readonly id: string; readonly version: string }[];
}

/** An answer of the bare provider: fields of MountResponse, a status, or silence. */
export type BareAnswer =
  | { readonly objectVersion?: readonly object[]; readonly files?: readonly object[]; readonly error?: object }
  | { readonly code: number; readonly details: string }
  | "silence";

export interface BareProvider {
  readonly received: readonly ReceivedMount[];
  /** Resolves once a caller has given up. */
  readonly cancelled: Promise<undefined>;
  close(): void;
}

const proto = join(dirname(fileURLToPath(import.meta.url)), "../../proto/provider.proto");

/**
 * A provider that has nothing of ours: grpc-js and the proto file. Answers by what `answer` says for each call, from 1;
 * `wrap` may come between the socket and gRPC.
 */
export async function startBareProvider(
  socket: string,
  answer: (request: ReceivedMount, call: number) => BareAnswer,
  wrap: (connection: Socket) => Duplex = (connection) => connection,
): Promise<BareProvider> {
  const loaded = loadPackageDefinition(loadSync(proto, { defaults: true }))["v1alpha1"] as Record<string, unknown>;
  const { service } = loaded["CSIDriverProvider"] as { service: Parameters<Server["addService"]>[0] };
  const received: ReceivedMount[] = [];
  const { promise: cancelled, resolve: giveUp } = Promise.withResolvers<undefined>();
  const server = new Server();
  server.addService(service, {
    Mount: (call: ServerUnaryCall<ReceivedMount, object>, done: (error: object | null, value?: object) => void) => {
      call.on("cancelled", () => giveUp(undefined));
      const given = answer(call.request, received.push(call.request));
      if (given === "silence") return;
      if ("code" in given) done(given);
      else done(null, given);
    },
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createServer((connection) => {
    connection.on("error", () => undefined);
    injector.injectConnection(wrap(connection));
  }).listen(socket);
  await once(listener, "listening");
  const close = (): void => {
    listener.close();
    server.forceShutdown();
  };
  return { received, cancelled, close };
}
