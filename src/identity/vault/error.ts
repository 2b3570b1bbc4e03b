import { outageOf } from "../../http/outage.ts";
import { MountError } from "../../model/error.ts";
import type { VaultReply, VaultServer } from "./call.ts";

/**
 * What servers say, as far as it is known to hold nothing of the request or of a secret engine's back end: errors of
 * plugins can quote connection strings.
 */
const known: readonly (readonly [RegExp, string])[] = [
  [/permission denied/iu, "permission denied"],
  [/invalid role name/iu, "invalid role name"],
  [/role .{0,200} could not be found/iu, "the role could not be found"],
  [/service account name not authorized/iu, "service account name not authorized"],
  [/namespace not authorized/iu, "namespace not authorized"],
  [/namespace not found|no namespace|invalid namespace/iu, "the vault namespace does not exist"],
  [/no handler for route|unsupported path|route entry not found/iu, "nothing is mounted at that path"],
  [/unsupported operation/iu, "unsupported operation"],
  [/vault is sealed/iu, "the server is sealed"],
  [/not initialized/iu, "the server is not initialized"],
  [/missing client token/iu, "missing client token"],
  [/invalid audience|invalid issuer|error validating (?:token|claims)/iu, "the pod's token is not valid for this role"],
  [/token is expired|token has expired/iu, "the pod's token has expired"],
  [/lookup failed/iu, "the server could not review the pod's token"],
  [/unknown role|role not found|role .{0,200} not found/iu, "unknown role"],
  [/unknown secret|no value found|not found/iu, "not found"],
  [/rate limit|request path .{0,200} rate/iu, "rate limited"],
  [/missing (?:common_name|required)|required/iu, "an argument is missing"],
  [/common name .{0,300} not allowed|not allowed by this role/iu, "the role does not allow that name"],
];

/** The known part of an error answer: `400 invalid role name`; the status alone where nothing is known of it. */
export function vaultProblem({ status, body }: VaultReply): string {
  const texts = errorsIn(body);
  const said = known.find(([pattern]) => texts.some((text) => pattern.test(text)))?.[1];
  return said === undefined ? `status ${status}` : `${status} ${said}`;
}

/** What every answer means that is no success and not about the object: outages and throttling; undefined for others. */
export function vaultOutage(reply: VaultReply, host: string): MountError | undefined {
  const { status, retryAfter } = reply;
  // A gateway or a sealed server speaks for all of it, anything else for one engine.
  const isUp = ![502, 503, 504].includes(status);
  const problem = vaultProblem(reply);
  const failed = `${host} failed: ${problem}`;
  const outage =
    status === 412
      ? new MountError("store_unavailable", failed)
      : outageOf({ status, retryAfter }, { throttled: `${host} throttles: ${problem}`, failed });
  return isUp ? outage?.within({ answered: true }) : outage;
}

function errorsIn(body: Uint8Array): readonly string[] {
  if (body.byteLength > 64 * 1024) return [];
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    if (typeof parsed !== "object" || parsed === null || !("errors" in parsed)) return [];
    const { errors } = parsed;
    return Array.isArray(errors) ? errors.filter((text): text is string => typeof text === "string") : [];
  } catch {
    return [];
  }
}

/** What an answer to a login means that is no success. */
export function loginRefusal(
  reply: VaultReply,
  { address, namespace }: VaultServer,
  mount: string,
  role: string,
): MountError {
  const outage = vaultOutage(reply, address);
  if (outage !== undefined) return outage;
  const where = namespace === "" ? "" : ` in namespace ${namespace}`;
  const message = `${vaultProblem(reply)} when logging in at auth/${mount}${where} as role ${JSON.stringify(role)}`;
  const fix =
    reply.status === 404
      ? "enable an auth method there, or correct the auth mount"
      : "bind the role to the pod's service account and namespace, and to the token's audience";
  return new MountError("identity_rejected", `${message}; ${fix}`);
}
