import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { MountRequest, MountResponse, VersionRequest, VersionResponse, type File } from "../wire/provider.ts";
import { DriverFailure, unknownCode } from "./failure.ts";
import { defaultAnswerLimit } from "./judge.ts";

/** Time that kubelet gives one mount, in milliseconds. */
export const kubeletDeadline = 120_000;

/** How a driver calls. */
export interface CallSettings {
  /** Drivers up to 1.5 send the socket's path as `:authority`; default `localhost`, as 1.6 does. */
  readonly authority?: string;
  /** Milliseconds since 1970; without it the call may last for ever, as rotations of drivers up to 1.5 do. */
  readonly deadline?: number;
  /** Largest encoded answer in bytes; default the driver's own. */
  readonly limit?: number;
  /** About how long to wait before the first retry, in milliseconds; default 1000. */
  readonly retryPause?: number;
  readonly signal?: AbortSignal;
}

/**
 * Calls Mount on a provider's socket as the driver does: waits for a socket that nobody answers, and tries UNAVAILABLE
 * up to three times. Octets in, octets out. Rejects with DriverFailure.
 */
export async function callProvider(socket: string, octets: Uint8Array, settings: CallSettings = {}): Promise<Buffer> {
  const { limit = defaultAnswerLimit, authority = "localhost", signal, deadline } = settings;
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    "grpc.default_authority": authority,
    "grpc.max_receive_message_length": limit,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.service_config": serviceConfig(settings.retryPause ?? 1000),
  });
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const call = client.makeUnaryRequest<Uint8Array, Buffer>(
    "/v1alpha1.CSIDriverProvider/Mount",
    (bytes) => Buffer.from(bytes),
    (bytes) => bytes,
    octets,
    new Metadata({ waitForReady: true }),
    deadline === undefined ? {} : { deadline },
    (error: ServiceError | null, answer?: Buffer) => {
      if (error === null && answer !== undefined) resolve(answer);
      else reject(new DriverFailure(error?.code ?? unknownCode, error?.details ?? "no answer", "GRPCProviderError"));
    },
  );
  const cancel = (): void => {
    call.cancel();
  };
  if (signal?.aborted === true) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await promise;
  } finally {
    signal?.removeEventListener("abort", cancel);
    client.close();
  }
}

/** As `callProvider`, with messages instead of octets. */
export async function mountOver(
  socket: string,
  request: MountRequest,
  settings: CallSettings = {},
): Promise<MountResponse> {
  const answer = await callProvider(socket, MountRequest.encode(request), settings);
  try {
    return MountResponse.decode(answer);
  } catch {
    throw new DriverFailure(13, "the answer is not a MountResponse", "GRPCProviderError");
  }
}

/** Calls Version on a provider's socket, as the driver's health check does. Rejects with DriverFailure. */
export async function askVersion(socket: string, deadline: number): Promise<VersionResponse> {
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    "grpc.default_authority": "localhost",
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
    "grpc.max_receive_message_length": 64 * 1024,
  });
  const { promise, resolve, reject } = Promise.withResolvers<VersionResponse>();
  client.makeUnaryRequest<VersionRequest, VersionResponse>(
    "/v1alpha1.CSIDriverProvider/Version",
    (request) => VersionRequest.encode(request),
    (octets) => VersionResponse.decode(octets),
    { version: "v1alpha1" },
    new Metadata(),
    { deadline },
    (error: ServiceError | null, answer?: VersionResponse) => {
      if (error === null && answer !== undefined) resolve(answer);
      else reject(new DriverFailure(error?.code ?? unknownCode, error?.details ?? "no answer", "GRPCProviderError"));
    },
  );
  try {
    return await promise;
  } finally {
    client.close();
  }
}

/**
 * The files that the driver goes on to write, in its order of checks (provider_client.go, MountContent): an error code,
 * then missing versions. No file at all passes: the driver then leaves the volume as it is. Throws DriverFailure.
 */
export function acceptAnswer({ error, objectVersion, files }: MountResponse): readonly File[] {
  const code = error?.code ?? "";
  if (code !== "") throw new DriverFailure(unknownCode, `the provider answered with the error code ${code}`, code);
  if (objectVersion.length > 0) return files;
  throw new DriverFailure(unknownCode, "the answer has no object versions", "GRPCProviderError");
}

/** The driver's retry policy (provider_client.go). */
function serviceConfig(pause: number): string {
  const retryPolicy = {
    maxAttempts: 3,
    initialBackoff: `${pause / 1000}s`,
    maxBackoff: "10s",
    backoffMultiplier: 1.1,
    retryableStatusCodes: ["UNAVAILABLE"],
  };
  return JSON.stringify({ loadBalancingConfig: [], methodConfig: [{ name: [{}], waitForReady: true, retryPolicy }] });
}
