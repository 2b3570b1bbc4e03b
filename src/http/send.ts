import type { Proxy } from "./proxy.ts";
import type { TlsSettings } from "./tls.ts";

/** One HTTP request. The stores build it; nothing is added but `host` and `content-length`. */
export interface SendRequest {
  readonly method: string;
  /** `http:` or `https:`, without credentials. */
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  /** Longest time for the whole exchange, in milliseconds. */
  readonly limit: number;
  /** Largest body of an answer, in bytes. */
  readonly mostBytes: number;
  readonly tls?: TlsSettings | undefined;
  /** The proxy to ask through, whatever would be chosen otherwise. */
  readonly proxy?: Proxy | undefined;
  /** Path of a unix socket to connect to instead of the URL's host. */
  readonly socketPath?: string | undefined;
}

/** An answer, read whole. */
export interface SendAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** Room in memory for the bodies of answers. */
export interface BodyMeter {
  /** Waits until there is room for so many bytes more. Rejects with MountError, or with the signal's reason. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
  /** Whether it waits now: no time limit of the server's counts meanwhile. */
  readonly waits: boolean;
}

/**
 * Sends a request and reads the answer whole, without following redirects and without trying again. Any status is an
 * answer. Rejects with MountError `store_unavailable` (no answer in time, or a broken one), `store_untrusted` (TLS) or
 * `store_protocol` (too large), or with the signal's reason.
 */
export type Send = (request: SendRequest, signal: AbortSignal) => Promise<SendAnswer>;
