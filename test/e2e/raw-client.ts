import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Client } from "@grpc/grpc-js";
import { credentials, loadPackageDefinition, Metadata, type ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const proto = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "proto", "provider.proto");

/** An independent reading of the protocol, straight from the .proto file. */
const loaded = loadPackageDefinition(loadSync(proto, { keepCase: true, longs: Number, defaults: true }));
type Service = new (
  address: string,
  creds: ReturnType<typeof credentials.createInsecure>,
  options?: object,
) => Client & Record<string, (...words: unknown[]) => { cancel(): void }>;
const Provider = (loaded["v1alpha1"] as unknown as { CSIDriverProvider: Service }).CSIDriverProvider;

export interface RawRequest {
  readonly attributes?: string;
  readonly secrets?: string;
  readonly target_path?: string;
  readonly permission?: string;
  readonly current_object_version?: readonly { readonly id: string; readonly version: string }[];
}

export interface RawFile {
  readonly path: string;
  readonly mode: number;
  readonly contents: Buffer;
}

/** How a call ended: code 0 with an answer, or a status. */
export interface RawEnd {
  readonly code: number;
  readonly details: string;
  readonly files: readonly RawFile[];
  readonly versions: readonly { readonly id: string; readonly version: string }[];
  /** Other fields of the answer, for Version. */
  readonly answer: Readonly<Record<string, unknown>>;
}

export interface CallOptions {
  /** Milliseconds. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface RawClient {
  mount(request: RawRequest, options?: CallOptions): Promise<RawEnd>;
  version(version: string): Promise<RawEnd>;
  /** Calls any method with any bytes. */
  send(path: string, bytes: Buffer): Promise<RawEnd>;
  close(): void;
}

/** A gRPC client that judges nothing and repeats nothing. */
export function connectRaw(socket: string, channel: Readonly<Record<string, string>> = {}): RawClient {
  const options = {
    "grpc.max_receive_message_length": 64 << 20,
    "grpc.enable_retries": 0,
    "grpc.use_local_subchannel_pool": 1,
    ...channel,
  };
  const client = new Provider(`unix:${socket}`, credentials.createInsecure(), options);
  const call = (method: string, message: unknown, { timeout, signal }: CallOptions = {}): Promise<RawEnd> =>
    new Promise((resolve) => {
      const deadline = timeout === undefined ? {} : { deadline: Date.now() + timeout };
      const run = client[method]?.bind(client);
      const under = run?.(message, new Metadata(), deadline, (error: ServiceError | null, answer: unknown) => {
        resolve(endOf(error, answer));
      });
      signal?.addEventListener("abort", () => under?.cancel());
    });
  return {
    mount: (request, callOptions) => call("Mount", request, callOptions),
    version: (version) => call("Version", { version }),
    send: (path, bytes) =>
      new Promise((resolve) => {
        const same = (value: Buffer) => value;
        client.makeUnaryRequest(path, same, same, bytes, (error, answer) => {
          resolve(endOf(error, { raw: answer }));
        });
      }),
    close: () => {
      client.close();
    },
  };
}

function endOf(error: ServiceError | null, answer: unknown): RawEnd {
  const fields = (answer ?? {}) as { files?: RawFile[]; object_version?: { id: string; version: string }[] };
  return {
    code: error?.code ?? 0,
    details: error?.details ?? "",
    files: fields.files ?? [],
    versions: fields.object_version ?? [],
    answer: fields,
  };
}
