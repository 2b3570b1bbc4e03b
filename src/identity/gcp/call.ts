import { parseRetryAfter } from "../../http/retry-after.ts";
import type { Send } from "../../http/send.ts";
import { MountError } from "../../model/error.ts";
import type { Clock } from "../../model/clock.ts";
import type { Secret } from "../../model/secret.ts";

/** One call of a Google API, in its JSON form. GET without a body, else POST. */
export interface CallRequest {
  readonly url: string;
  /** Whose server it is, for messages. */
  readonly who: string;
  readonly bearer?: Secret;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** Longest wait in milliseconds. */
  readonly limit?: number;
  /** Largest body in bytes. */
  readonly mostBytes?: number;
}

/** An answer, read whole. */
export interface CallAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
  /** What Retry-After asks for, in milliseconds. */
  readonly retryAfter?: number;
}

/** Makes a call. Any status is an answer; rejects with a MountError when there is none, or the signal's reason. */
export type Call = (request: CallRequest, signal: AbortSignal) => Promise<CallAnswer>;

const standard = { limit: 15_000, mostBytes: 256 * 1024 } as const;

/**
 * Calls over `send`, with a user agent. `metadata` is the operator's own HOST[:PORT] of the metadata server, which speaks
 * plain http; empty for Google's. Any other address that is no place for a token is refused before anything is sent.
 */
export function createCall(send: Send, outside: Clock, userAgent: string, metadata: string): Call {
  const ownMetadata = metadata === "" ? undefined : URL.parse(`http://${metadata}`)?.host;
  return async (request, signal) => {
    const { who, bearer, json, form } = request;
    const url = checkedUrl(request, ownMetadata);
    const body = json === undefined ? form && new URLSearchParams(form).toString() : JSON.stringify(json);
    const type = json === undefined ? "application/x-www-form-urlencoded" : "application/json";
    const headers = {
      "user-agent": userAgent,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": type }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer.revealText()}` }),
      ...request.headers,
    };
    const { limit = standard.limit, mostBytes = standard.mostBytes } = request;
    const method = body === undefined ? "GET" : "POST";
    const answer = await send({ method, url, headers, body, limit, mostBytes }, signal).catch((thrown: unknown) => {
      signal.throwIfAborted();
      throw asked(who, MountError.from(thrown));
    });
    const text = Buffer.from(answer.body.buffer, answer.body.byteOffset, answer.body.byteLength).toString("utf8");
    const pause = parseRetryAfter(answer.headers["retry-after"], outside.now());
    const { status, headers: received } = answer;
    return {
      status,
      headers: received,
      text,
      json: parseJson(text),
      ...(pause === undefined ? {} : { retryAfter: pause }),
    };
  };
}

/** The metadata server speaks plain http, on an address that never leaves the node, or on the operator's. */
const metadataHosts: ReadonlySet<string> = new Set(["169.254.169.254", "metadata.google.internal"]);
const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "localhost"]);

function checkedUrl({ url: text, who }: CallRequest, ownMetadata: string | undefined): URL {
  const url = URL.parse(text);
  const known =
    url !== null && (loopback.has(url.hostname) || metadataHosts.has(url.hostname) || url.host === ownMetadata);
  const plain = url?.protocol === "http:" && known;
  if (url !== null && url.username === "" && (url.protocol === "https:" || plain)) return url;
  throw new MountError("not_configured", `the address of ${who} is not https; the operator must correct it`);
}

function asked(who: string, error: MountError): MountError {
  return new MountError(error.reason, `${who}: ${error.message}`, error.context);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
