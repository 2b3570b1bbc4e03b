import { parseRetryAfter } from "../../http/retry-after.ts";
import type { Send } from "../../http/send.ts";
import type { TlsSettings } from "../../http/tls.ts";
import { MountError } from "../../model/error.ts";
import type { Clock } from "../../model/clock.ts";
import type { Secret } from "../../model/secret.ts";

/** One Conjur server as a session talks to it. */
export interface ConjurServer {
  /** Base of every URL, without a slash at its end. */
  readonly url: string;
  readonly tls: TlsSettings | undefined;
}

/** What is asked for, as messages say it. */
export type Step = "the login" | "reading" | "listing variables";

/**
 * The numbers by which people know the official provider's error for whatever a server did not give; its own words follow
 * them there, too.
 */
export const failedRead = "CKCP016 CKCP031";

/** One request. */
export interface ConjurCall {
  readonly step: Step;
  /** Below the base, escaped; starts with a slash. */
  readonly path: string;
  /** With its question mark; empty for none. */
  readonly query?: string;
  /** The access token. */
  readonly token?: Secret;
  /** Whether values are asked for in base64, so that any bytes come through. */
  readonly base64?: boolean;
  /** A form; a request with one is a POST. */
  readonly form?: Secret;
}

/** An answer, whatever its status. */
export interface ConjurReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** What the server asks for, in milliseconds. */
  readonly retryAfter: number | undefined;
}

/** Makes one request. Rejects with MountError when there is no answer, or with the signal's reason. Does not try again. */
export type CallConjur = (server: ConjurServer, call: ConjurCall, signal: AbortSignal) => Promise<ConjurReply>;

/** Longest wait for an answer in milliseconds, and its largest body in bytes: 4 MiB in base64 with its line breaks fit. */
const limits = { limit: 30_000, mostBytes: 8 * 1024 * 1024 } as const;

/** Calls over `send`. Redirects are not followed: a token goes where it was meant for, or nowhere. */
export function createCallConjur(send: Send, clock: Clock): CallConjur {
  return async ({ url: base, tls }, { step, path, query = "", token, base64 = false, form }, signal) => {
    signal.throwIfAborted();
    const url = urlOf(base, path, query);
    const headers = {
      accept: "*/*",
      "user-agent": "keyferry",
      ...(token === undefined ? {} : { authorization: `Token token="${token.revealText()}"` }),
      ...(base64 ? { "accept-encoding": "base64" } : {}),
      ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    };
    const method = form === undefined ? "GET" : "POST";
    const request = { method, url, headers, body: form?.reveal(), tls, ...limits };
    const answer = await send(request, signal).catch((thrown: unknown) => {
      signal.throwIfAborted();
      const { reason, message, context } = MountError.from(thrown);
      throw new MountError(reason, `${failedRead} ${step} failed: ${message}`, context);
    });
    const retryAfter = parseRetryAfter(answer.headers["retry-after"], clock.now());
    return { status: answer.status, headers: answer.headers, body: answer.body, retryAfter };
  };
}

/** Throws MountError where a part of the path would lead elsewhere, as `..` does. */
function urlOf(base: string, path: string, query: string): URL {
  const url = new URL(base + path + query);
  const start = new URL(base);
  if (url.origin === start.origin && url.pathname === start.pathname.replace(/\/+$/u, "") + path) return url;
  throw new MountError("parameter_invalid", "a name cannot be part of a path; it is, or ends with, a dot segment");
}
