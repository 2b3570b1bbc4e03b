import { outageOf } from "../../http/outage.ts";
import { parseRetryAfter } from "../../http/retry-after.ts";
import type { SendAnswer } from "../../http/send.ts";
import { MountError } from "../../model/error.ts";

/** What an answer other than 200 says of itself. */
export interface AwsRefusal {
  readonly status: number;
  /** `AccessDeniedException`, `InvalidCiphertextException`, …; empty where there is none that can be read. */
  readonly code: string;
  /** AWS's own words, at most 1,000 characters. They may quote the request: only known forms of it are shown. */
  readonly words: string;
  /** The service asked to be left alone for this long, in ms. */
  readonly retryAfter: number | undefined;
  /** The service's clock, in ms since 1970. */
  readonly date: number | undefined;
}

/** An answer other than 200, on its way through the SDK. */
export class AwsFault extends Error {
  readonly refusal: AwsRefusal;
  readonly host: string;

  constructor(refusal: AwsRefusal, host: string) {
    super(`${host} answered with status ${refusal.status}`);
    this.name = "AwsFault";
    this.refusal = refusal;
    this.host = host;
  }
}

/** Codes by which AWS asks for a slower pace, whatever the status (SDK for Go v2, aws/retry/standard.go). */
const throttling =
  /^(?:Throttl|RequestThrottl|TooManyRequests|RequestLimitExceeded|BandwidthLimitExceeded|LimitExceeded|SlowDown|PriorRequestNotComplete|ProvisionedThroughputExceeded|TransactionInProgress|EC2Throttled|KMSThrottling)/u;

/** Codes of failures on AWS's side that pass. */
const failing = /^(?:Internal|ServiceUnavailable|RequestTimeout(?:Exception)?$|KMSInternal|DependencyTimeout)/u;

/** Codes by which a service says that the credentials are of no use (any more). */
const stale =
  /^(?:ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|IncompleteSignature|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure|MissingAuthenticationToken|RequestExpired)/u;

/** Codes by which a service says that the clocks differ. */
const skewed = /^(?:RequestTimeTooSkewed|RequestExpired|InvalidSignature|SignatureDoesNotMatch|AuthFailure)/u;

/** Reads an answer; `now` in ms since 1970. */
export function readRefusal({ status, headers, body }: SendAnswer, now: number): AwsRefusal {
  const text = Buffer.from(body.subarray(0, 16_384)).toString("utf8");
  const json = /"__type"\s*:\s*"(?:[\w.]+#)?(\w{1,80})"/u.exec(text)?.[1];
  const code = json ?? /<Code>([\w.]{1,80})<\/Code>/u.exec(text)?.[1] ?? "";
  const date = Date.parse(headers["date"] ?? "");
  return {
    status,
    code,
    words: wordsOf(text).slice(0, 1_000),
    retryAfter: parseRetryAfter(headers["retry-after"], now),
    date: Number.isNaN(date) ? undefined : date,
  };
}

function wordsOf(text: string): string {
  const xml = /<Message>([^<]*)<\/Message>/u.exec(text)?.[1];
  if (xml !== undefined) return xml;
  try {
    const { Message, message } = JSON.parse(text) as { readonly Message?: unknown; readonly message?: unknown };
    return typeof message === "string" ? message : typeof Message === "string" ? Message : "";
  } catch {
    return "";
  }
}

/** Whether the credentials themselves were refused: new ones may be taken. */
export function isStale({ status, code }: AwsRefusal): boolean {
  return stale.test(code) || (status === 401 && code === "");
}

/** Whether the service says that the clocks differ, or shows it by its date where it finds the signature wrong. */
export function isSkewed(refusal: AwsRefusal, now: number): boolean {
  return /^(?:RequestTimeTooSkewed|RequestExpired)/u.test(refusal.code) || skewOf(refusal, now) !== undefined;
}

/** By how many ms the service's clock is ahead of `now`, where the refusal may come of it; undefined below four minutes. */
export function skewOf({ code, date }: AwsRefusal, now: number): number | undefined {
  if (date === undefined || !skewed.test(code)) return undefined;
  const ahead = date - now;
  return Math.abs(ahead) > 4 * 60_000 ? ahead : undefined;
}

/** AWS says of some failures by a code, with the status 400, what others say by the status. */
function statusOf(status: number, code: string): number {
  if (throttling.test(code)) return 429;
  return failing.test(code) && status < 500 ? 408 : status;
}

/** The error of an answer that says nothing of the object asked for: throttled, or an outage; undefined for any other. */
export function awsOutage({ status, code, retryAfter }: AwsRefusal, host: string): MountError | undefined {
  const said = code === "" ? `status ${status}` : code;
  const texts = { throttled: `${host} asks for fewer calls (${said})`, failed: `${host} failed (${said})` };
  const outage = outageOf({ status: statusOf(status, code), retryAfter }, texts);
  if (outage !== undefined) return outage;
  // Without a code it may be a proxy that speaks, and no refusal is for it to say.
  if (code === "")
    return new MountError("store_protocol", `${host} answered with status ${status} and no code of AWS's`);
  return undefined;
}
