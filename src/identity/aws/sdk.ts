import type { Send } from "../../http/send.ts";
import type { Clock } from "../../model/clock.ts";
import { MountError } from "../../model/error.ts";
import type { AwsCredentials } from "./credentials.ts";
import { AwsFault, readRefusal } from "./fault.ts";

/** What clients of the SDK send with. */
export interface AwsNetwork {
  readonly send: Send;
  readonly clock: Clock;
  readonly userAgent: string;
}

/** What a client is for. */
export interface ClientUse {
  readonly region: string;
  readonly endpoint: string;
  /** Undefined for calls that are not signed. */
  readonly credentials: AwsCredentials | undefined;
  /** Longest time for one exchange in ms, and the largest body of an answer in bytes. */
  readonly limit: number;
  readonly maxBytes: number;
  /** By how many ms the service's clock is ahead of ours. */
  readonly skew: number;
}

/** What the SDK hands to its request handler, as far as it is used (`@smithy/types`, HttpRequest). */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * The options that make a client of the SDK ours: one attempt, sent by our HTTP client, nothing read from environment or
 * files. An answer other than 200 leaves as AwsFault, before the SDK reads it.
 */
export function clientOptions(network: AwsNetwork, use: ClientUse) {
  const { credentials } = use;
  return {
    region: use.region,
    endpoint: use.endpoint,
    // Calls without credentials are not signed; the SDK asks for some all the same.
    credentials: () => Promise.resolve(credentials === undefined ? nobody : sdkCredentials(credentials)),
    requestHandler: createHandler(network, use),
    retryStrategy: once,
    maxAttempts: 1,
    retryMode: "standard",
    defaultsMode: "standard" as const,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    systemClockOffset: use.skew,
    userAgentAppId: "",
    defaultUserAgentProvider: () => Promise.resolve([["keyferry", ""]] as [string, string][]),
    streamCollector: (body: unknown) => Promise.resolve(body instanceof Uint8Array ? body : new Uint8Array()),
  };
}

const nobody = { accessKeyId: "", secretAccessKey: "" };

function sdkCredentials({ id, secret, sessionToken }: AwsCredentials) {
  const token = sessionToken === undefined ? {} : { sessionToken: sessionToken.revealText() };
  return { accessKeyId: id, secretAccessKey: secret.revealText(), ...token };
}

/** Failed calls are repeated by whoever knows the Mount's time, never here. */
const once = {
  mode: "standard",
  acquireInitialRetryToken: () => Promise.resolve({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
  refreshRetryTokenForRetry: () => Promise.reject(new Error("one attempt")),
  recordSuccess: () => undefined,
};

function createHandler({ send, clock, userAgent }: AwsNetwork, { limit, maxBytes }: ClientUse) {
  return {
    handle: async (request: SdkRequest, { abortSignal }: { readonly abortSignal?: unknown } = {}) => {
      const url = urlOf(request);
      const own = ["host", "content-length"];
      const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !own.includes(name)));
      const answer = await send(
        {
          method: request.method,
          url,
          headers: { ...headers, "user-agent": userAgent },
          body: bodyOf(request.body),
          limit,
          mostBytes: maxBytes,
        },
        abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal,
      );
      if (answer.status !== 200) throw new AwsFault(readRefusal(answer, clock.now()), url.host);
      return { response: { statusCode: 200, headers: definedHeaders(answer.headers), body: answer.body } };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value ?? ""]) url.searchParams.append(name, one);
  }
  return url;
}

function bodyOf(body: unknown): string | Uint8Array | undefined {
  if (body === undefined || typeof body === "string") return body;
  if (body instanceof Uint8Array) return body;
  throw new MountError("internal", "the SDK made a request whose body is a stream");
}

function definedHeaders(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/**
 * Runs one call of the SDK. Rejects with AwsFault for an answer other than 200, with the MountError of the HTTP client,
 * with the signal's reason, or with `store_protocol` for an answer that the SDK cannot read: its own text may quote it.
 */
export async function runCall<T>(host: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof AwsFault || thrown instanceof MountError) throw thrown;
    throw new MountError("store_protocol", `${host} answered with something that is not AWS's`, { cause: undefined });
  }
}
