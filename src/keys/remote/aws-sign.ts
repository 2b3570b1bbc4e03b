import { createHash, createHmac } from "node:crypto";
import type { Secret } from "../../model/secret.ts";

/** An access key of AWS; temporary ones have a session token. */
export interface AwsCredential {
  readonly id: string;
  readonly secret: Secret;
  readonly sessionToken: Secret | undefined;
}

/** What is signed. */
export interface AwsRequest {
  /** Its path is taken as it is: only requests to the root are made here. */
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly service: string;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The headers of a POST with its signature, version 4 (AWS General Reference, "Signature Version 4"). */
export function signedHeaders(request: AwsRequest, credential: AwsCredential): Readonly<Record<string, string>> {
  const time = new Date(request.now).toISOString().replace(/[-:]|\.\d+/gu, "");
  const day = time.slice(0, 8);
  const { sessionToken } = credential;
  const headers: Record<string, string> = {
    ...request.headers,
    "x-amz-date": time,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken.revealText() }),
  };
  const all = Object.entries({ ...headers, host: request.url.host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = all.map(([name]) => name).join(";");
  const canonical = [
    "POST",
    request.url.pathname,
    "",
    ...all.map(([name, value]) => `${name}:${value.trim()}`),
    "",
    names,
    sha256(request.body),
  ].join("\n");
  const scope = `${day}/${request.region}/${request.service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const first: Buffer = hmac(`AWS4${credential.secret.revealText()}`, day);
  const key = [request.region, request.service, "aws4_request"].reduce<Buffer>((last, part) => hmac(last, part), first);
  const signature = hmac(key, text).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential.id}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
