import { Client, credentials, type ServiceError } from "@grpc/grpc-js";

/** How one call ended: gRPC code 0 with octets, or a status. */
export interface Ended {
  /** gRPC status code. */
  readonly code: number;
  /** The status message; empty for code 0. */
  readonly message: string;
  /** The answer's octets, for code 0. */
  readonly octets: Buffer | undefined;
  /** Duration in ms. */
  readonly took: number;
}

/** How to call. */
export interface CallOptions {
  /** Duration in ms until the caller's deadline; without it the call may last as long as the provider lets it. */
  readonly deadline?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** `:authority`; default `localhost`, as driver 1.6 sends it. */
  readonly authority?: string;
}

const service = "/v1alpha1.CSIDriverProvider";

/** A gRPC client on one socket that repeats nothing and judges nothing, unlike the driver's. */
export class ProviderClient {
  readonly #socket: string;
  readonly #clock: { now(): number; monotonic(): number };
  readonly #clients = new Map<string, Client>();

  constructor(socket: string, clock: { now(): number; monotonic(): number }) {
    this.#socket = socket;
    this.#clock = clock;
  }

  /** Calls a method of the service by its name with any octets. Never rejects. */
  call(method: string, octets: Buffer, options: CallOptions = {}): Promise<Ended> {
    const { deadline, signal, authority = "localhost" } = options;
    const start = this.#clock.monotonic();
    return new Promise((resolve) => {
      const running = this.#clientFor(authority).makeUnaryRequest<Buffer, Buffer>(
        `${service}/${method}`,
        (sent) => sent,
        (received) => received,
        octets,
        deadline === undefined ? {} : { deadline: this.#clock.now() + deadline },
        (error: ServiceError | null, answer?: Buffer) => {
          const [code, message] = error === null ? [0, ""] : [error.code, error.details];
          resolve({
            code,
            message,
            octets: error === null ? answer : undefined,
            took: this.#clock.monotonic() - start,
          });
        },
      );
      signal?.addEventListener("abort", () => running.cancel(), { once: true });
    });
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #clientFor(authority: string): Client {
    const known = this.#clients.get(authority);
    if (known !== undefined) return known;
    const made = new Client(`unix:${this.#socket}`, credentials.createInsecure(), {
      "grpc.default_authority": authority,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_retries": 0,
      "grpc.max_receive_message_length": 64 << 20,
      "grpc.initial_reconnect_backoff_ms": 100,
    });
    this.#clients.set(authority, made);
    return made;
  }
}
