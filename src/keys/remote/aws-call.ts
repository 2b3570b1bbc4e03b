import { outageOf } from "../../http/outage.ts";
import { parseRetryAfter } from "../../http/retry-after.ts";
import type { SendAnswer } from "../../http/send.ts";
import type { MountError } from "../../model/error.ts";
import { signedHeaders, type AwsCredential } from "./aws-sign.ts";
import type { KeyNetwork } from "./service.ts";

/** One POST to the root of an AWS service. */
export interface AwsCall {
  readonly service: "kms" | "sts";
  readonly region: string;
  /** Instead of the service's public address of the region. */
  readonly endpoint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Unsigned without one. */
  readonly credential: AwsCredential | undefined;
}

/** Longest wait for an answer in milliseconds, and its largest body in bytes. */
const limits = { limit: 15_000, mostBytes: 256 * 1024 } as const;

/** Codes of errors by which AWS asks to be left alone. */
const throttled = /(?:Throttling|TooManyRequests|LimitExceeded|SlowDown)/u;

/** What an error answer says of itself: its code only, since its message may quote the request. */
export interface AwsReply {
  readonly status: number;
  readonly text: string;
  /** `AccessDeniedException`, `InvalidCiphertextException`, …; empty where there is none. */
  readonly code: string;
}

/**
 * The answer, whatever it says of the request. Rejects with MountError `store_unavailable` or `store_throttled` for an
 * outage, as `send` does, or with the signal's reason.
 */
export async function callAws(
  { send, outside }: KeyNetwork,
  { service, region, endpoint, headers, body, credential }: AwsCall,
  signal: AbortSignal,
): Promise<AwsReply> {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const url = new URL("/", endpoint ?? `https://${service}.${region}.${domain}`);
  const request = { url, headers, body, service, region, now: outside.now() };
  const all = credential === undefined ? headers : signedHeaders(request, credential);
  const answer = await send({ method: "POST", url, headers: all, body, ...limits }, signal);
  const text = Buffer.from(answer.body).toString("utf8");
  const code = answer.status === 200 ? "" : errorCode(text);
  const outage = outageIn(answer, code, url.host, outside.now());
  if (outage !== undefined) throw outage;
  return { status: answer.status, text, code };
}

function outageIn({ status, headers }: SendAnswer, code: string, host: string, now: number): MountError | undefined {
  const retryAfter = parseRetryAfter(headers["retry-after"], now);
  const texts = { throttled: `${host} throttles`, failed: `${host} failed: status ${status}` };
  return outageOf({ status: throttled.test(code) ? 429 : status, retryAfter }, texts);
}

/** JSON of KMS or XML of STS; only a name is taken from it. */
function errorCode(text: string): string {
  const json = /"__type"\s*:\s*"(?:[\w.]+#)?(\w{1,80})"/u.exec(text)?.[1];
  return json ?? /<Code>(\w{1,80})<\/Code>/u.exec(text)?.[1] ?? "";
}
