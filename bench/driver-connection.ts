import { Client, credentials } from "@grpc/grpc-js";
import { MountRequest, MountResponse } from "../src/wire/provider.ts";

/** Mounts over one connection, which the driver keeps for as long as it runs. */
export interface DriverConnection {
  /** Rejects when the Mount fails. */
  mount(request: MountRequest): Promise<MountResponse>;
  close(): void;
}

export function connectAsDriver(socket: string): DriverConnection {
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  return {
    mount: (request) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest<MountRequest, MountResponse>(
          "/v1alpha1.CSIDriverProvider/Mount",
          (message) => MountRequest.encode(message),
          (octets) => MountResponse.decode(octets),
          request,
          (error, answer) => (answer === undefined ? reject(error ?? new Error("no answer")) : resolve(answer)),
        );
      }),
    close: () => client.close(),
  };
}
