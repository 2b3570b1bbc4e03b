import { foreignAnswer, outageOf } from "../../http/outage.ts";
import type { MountError } from "../../model/error.ts";
import type { Secret } from "../../model/secret.ts";

/** What Google's servers say of a failure, in words that are safe to show: enumerated names, never free text. */
export interface GoogleError {
  /** The gRPC code as Go writes it, such as `NotFound`. */
  readonly code: string;
  /** The reason of its `ErrorInfo`, such as `SERVICE_DISABLED`. */
  readonly reason: string | undefined;
}

/** Code names by HTTP status, for answers that carry none. Source: google/rpc/code.proto. */
const codes: Readonly<Record<number, string>> = {
  400: "InvalidArgument",
  401: "Unauthenticated",
  403: "PermissionDenied",
  404: "NotFound",
  409: "Aborted",
  429: "ResourceExhausted",
  500: "Internal",
  501: "Unimplemented",
  503: "Unavailable",
  504: "DeadlineExceeded",
};

/** Reads the error of a Google API; undefined when the body is none of theirs. Source: google/rpc/status.proto. */
export function readGoogleError(status: number, json: unknown): GoogleError | undefined {
  const error = fieldOf(json, "error");
  const name = fieldOf(error, "status");
  if (typeof error !== "object" || error === null) return undefined;
  const details = fieldOf(error, "details");
  const reasons = (Array.isArray(details) ? (details as readonly unknown[]) : []).map((one) => fieldOf(one, "reason"));
  const reason = reasons.find((one): one is string => typeof one === "string" && /^[A-Z][A-Z0-9_]{1,62}$/u.test(one));
  return { code: typeof name === "string" ? camelCase(name) : codeOfStatus(status), reason };
}

/** The gRPC code name that an HTTP status stands for. */
export function codeOfStatus(status: number): string {
  return codes[status] ?? "Unknown";
}

/**
 * The error code and, where it cannot repeat the token, the description of a refused exchange (RFC 6749, section 5.2);
 * empty when the answer has neither.
 */
export function oauthProblem(json: unknown, token: Secret): string {
  const code = fieldOf(json, "error");
  if (typeof code !== "string" || !/^[a-z_]{1,64}$/u.test(code)) return "";
  const description = fieldOf(json, "error_description");
  const shown = typeof description === "string" && !repeats(description, token.revealText()) ? plain(description) : "";
  return shown === "" ? code : `${code}: ${shown}`;
}

/** An answer that says nothing about the question: overload, outage, or not the server that was meant. */
export function outage(answer: OutageAnswer, who: string): MountError {
  const { status, retryAfter, text } = answer;
  const throttled = `ResourceExhausted: ${who} is over its quota`;
  const failed = `${who} answered with HTTP status ${status}`;
  return (
    outageOf({ status, retryAfter }, { throttled, failed }) ?? foreignAnswer({ status, body: text }, who, "Google")
  );
}

interface OutageAnswer {
  readonly status: number;
  readonly retryAfter?: number;
  readonly text: string;
}

/** A field of parsed JSON; undefined where there is none. */
export function fieldOf(json: unknown, name: string): unknown {
  if (typeof json !== "object" || json === null || !Object.hasOwn(json, name)) return undefined;
  return (json as Readonly<Record<string, unknown>>)[name];
}

function camelCase(name: string): string {
  if (!/^[A-Z_]{2,32}$/u.test(name)) return "Unknown";
  return name.toLowerCase().replaceAll(/(?:^|_)([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}

/** Length of the shortest piece of a token that no message may hold. */
const piece = 8;

/** Whether a text shares a piece with the token, or holds anything that looks like one. */
function repeats(text: string, token: string): boolean {
  if (/eyJ|ya29\.|[A-Za-z0-9_.-]{64}/u.test(text)) return true;
  if (token.length < piece) return text.includes(token);
  for (let at = 0; at + piece <= text.length; at += 1) if (token.includes(text.slice(at, at + piece))) return true;
  return false;
}

/** One line of printable text, at most 200 characters, without a final stop. */
function plain(text: string): string {
  const line = text.replaceAll(/[^\x20-\x7e]+/gu, " ").trim();
  return (line.length > 200 ? `${line.slice(0, 200)}…` : line).replace(/\.$/u, "");
}
