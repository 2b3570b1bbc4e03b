import { rename } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { MountError } from "../../src/model/error.ts";
import type { VersionRequest, VersionResponse } from "../../src/wire/provider.ts";
import { providerService } from "../../src/serve/provider-service.ts";

/** Ends what was started. */
export type Close = () => Promise<void>;

/** Listens as another project's provider does, which gives its name and nothing else. */
export async function startForeignProvider(path: string, runtimeName: string, runtimeVersion: string): Promise<Close> {
  const server = new Server();
  server.addService(providerService as never, {
    version: (_: ServerUnaryCall<VersionRequest, VersionResponse>, done: sendUnaryData<VersionResponse>) => {
      done(null, { version: "v1alpha1", runtimeName, runtimeVersion });
    },
    mount: () => {
      throw new MountError("internal", "a fake mounts nothing");
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  return () => {
    server.forceShutdown();
    return Promise.resolve();
  };
}

/** Listens and does with each connection what is said; by default nothing at all. */
export async function startRawListener(
  path: string,
  connected: (socket: Socket) => void = () => undefined,
): Promise<Close> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    connected(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return () =>
    new Promise((resolve) => {
      for (const socket of open) socket.destroy();
      server.close(() => {
        resolve();
      });
    });
}

/** Leaves a socket file behind that nobody listens on. */
export async function leaveStaleSocket(path: string): Promise<void> {
  const close = await startRawListener(`${path}.new`);
  await rename(`${path}.new`, path);
  await close();
}
