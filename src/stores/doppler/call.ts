import { parseRetryAfter } from "../../http/retry-after.ts";
import type { Send } from "../../http/send.ts";
import type { Clock } from "../../model/clock.ts";
import { MountError } from "../../model/error.ts";
import type { Secret } from "../../model/secret.ts";

/** One request. */
export interface DopplerCall {
  readonly host: string;
  readonly verifyTls: boolean;
  /** With its query. */
  readonly path: string;
  readonly token?: Secret | undefined;
  /** JSON; a request with one is a POST. */
  readonly body?: Secret | undefined;
  /** Tag of an answer that is had already. */
  readonly etag?: string | undefined;
}

/** An answer, whatever its status. */
export interface DopplerReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** What the server asks for, in milliseconds. */
  readonly retryAfter: number | undefined;
}

/** Makes one request. Rejects with MountError when there is no answer, or with the signal's reason. Does not try again. */
export type CallDoppler = (call: DopplerCall, signal: AbortSignal) => Promise<DopplerReply>;

/** Longest wait for an answer in milliseconds, as Doppler's own clients have it, and its largest body in bytes. */
const limits = { limit: 10_000, mostBytes: 8 * 1024 * 1024 } as const;

/** Calls over `send`. Redirects are not followed: a token goes where it was meant for, or nowhere. */
export function createCallDoppler(send: Send, clock: Clock): CallDoppler {
  return async ({ host, verifyTls, path, token, body, etag }, signal) => {
    signal.throwIfAborted();
    const url = new URL(host + path);
    if (url.origin !== new URL(host).origin) throw new MountError("internal", "an address left its host");
    const headers = {
      accept: "application/json",
      "user-agent": "keyferry",
      ...(token === undefined ? {} : { authorization: `Bearer ${token.revealText()}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(etag === undefined ? {} : { "if-none-match": etag }),
    };
    const method = body === undefined ? "GET" : "POST";
    const tls = verifyTls ? undefined : { insecure: true };
    const answer = await send({ method, url, headers, body: body?.reveal(), tls, ...limits }, signal);
    const retryAfter = parseRetryAfter(answer.headers["retry-after"], clock.now());
    return { status: answer.status, headers: answer.headers, body: answer.body, retryAfter };
  };
}
