import { foreignAnswer, jsonOf, outageOf } from "../../http/outage.ts";
import { MountError } from "../../model/error.ts";
import type { VaultReply } from "./call.ts";
import { knownReason } from "./known-reasons.ts";

/** The known part of an error answer: `400 invalid role name`; the status alone where nothing is known of it. */
export function vaultProblem(reply: VaultReply): string {
  const { said } = knownReason(vaultErrors(reply)) ?? {};
  return said === undefined ? `status ${reply.status}` : `${reply.status} ${said}`;
}

/**
 * What every answer means that is no success and not about what was asked: outages, throttling, and what does not have the
 * server's own form; undefined for others. `asking` follows what the server said: ` when logging in at auth/kubernetes`.
 */
export function vaultOutage(reply: VaultReply, host: string, asking = ""): MountError | undefined {
  const { status, retryAfter } = reply;
  if (status < 400) return undefined;
  if (!hasOwnForm(reply) && !isServerError(status)) return foreignAnswer(reply, host, "Vault");
  // A gateway or a sealed server speaks for all of it, anything else for one engine.
  const isUp = ![502, 503, 504].includes(status);
  const problem = vaultProblem(reply);
  const { fix } = knownReason(vaultErrors(reply)) ?? {};
  const proxy = hasOwnForm(reply) ? "" : "; a proxy in front of it may have answered";
  const failed = `${host} failed: ${problem}${asking}${fix === undefined ? proxy : `; ${fix}`}`;
  const outage =
    status === 412
      ? new MountError("store_unavailable", failed)
      : outageOf({ status, retryAfter }, { throttled: `${host} throttles: ${problem}${asking}`, failed });
  // Sealed, without a leader, or behind the state that was asked for: nothing was done yet.
  const untouched = [412, 503].includes(status) ? ({ untouched: true } as const) : {};
  return outage?.within({ ...untouched, ...(isUp ? { answered: true } : {}) });
}

function isServerError(status: number): boolean {
  return status >= 500 || status === 429 || status === 408 || status === 412;
}

/** Fields of which every answer of the server, also an error, has at least one. */
const ownFields = ["errors", "data", "request_id", "warnings", "auth", "initialized"];

function hasOwnForm({ body, isHead = false }: VaultReply): boolean {
  if (isHead) return true;
  const json = jsonOf(body);
  return typeof json === "object" && json !== null && ownFields.some((name) => Object.hasOwn(json, name));
}

/** What an answer gives as its errors; untrusted text, which may quote what a back end said. */
export function vaultErrors({ body }: VaultReply): readonly string[] {
  return textsIn(jsonOf(body), "errors");
}

/** The warnings of an answer, also of one that is no success. */
export function vaultWarnings({ body }: VaultReply): readonly string[] {
  return textsIn(jsonOf(body), "warnings");
}

function textsIn(json: unknown, name: string): readonly string[] {
  if (typeof json !== "object" || json === null || !Object.hasOwn(json, name)) return [];
  const list = (json as Readonly<Record<string, unknown>>)[name];
  return Array.isArray(list) ? list.filter((text): text is string => typeof text === "string") : [];
}
