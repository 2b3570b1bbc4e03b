import { Client, credentials, type Deadline, type ServiceError } from "@grpc/grpc-js";
import { MountRequest, MountResponse, VersionRequest, VersionResponse } from "../../src/wire/provider.ts";

/** How a call ended. */
export type Ended<T> = { readonly answer: T } | { readonly code: number; readonly message: string };

export interface ClientSettings {
  /** What stands in `:authority`; the driver's choice up to 1.5 is the socket's path. */
  readonly authority?: string;
}

/** A gRPC client on a unix socket, with one connection of its own. */
export function connectProvider(socket: string, { authority = "localhost" }: ClientSettings = {}) {
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    "grpc.default_authority": authority,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  /** One unary call of raw octets. */
  const call = (
    method: string,
    octets: Uint8Array,
    deadline?: Deadline,
    signal?: AbortSignal,
  ): Promise<Ended<Buffer>> =>
    new Promise((resolve) => {
      const running = client.makeUnaryRequest(
        method,
        (sent: Uint8Array) => Buffer.from(sent),
        (got: Buffer) => got,
        octets,
        deadline === undefined ? {} : { deadline },
        (error: ServiceError | null, answer?: Buffer) => {
          resolve(answer === undefined ? { code: error?.code ?? -1, message: error?.details ?? "" } : { answer });
        },
      );
      signal?.addEventListener("abort", () => running.cancel(), { once: true });
    });
  return {
    call,
    version: async (version = "v1alpha1"): Promise<Ended<VersionResponse>> => {
      const octets = VersionRequest.encode({ version });
      const ended = await call("/v1alpha1.CSIDriverProvider/Version", octets);
      return "answer" in ended ? { answer: VersionResponse.decode(ended.answer) } : ended;
    },
    mount: async (
      request: Partial<MountRequest> = {},
      { deadline, signal }: { deadline?: Deadline; signal?: AbortSignal } = {},
    ): Promise<Ended<MountResponse>> => {
      const octets = MountRequest.encode(request);
      const ended = await call("/v1alpha1.CSIDriverProvider/Mount", octets, deadline, signal);
      return "answer" in ended ? { answer: MountResponse.decode(ended.answer) } : ended;
    },
    close: () => client.close(),
  };
}
