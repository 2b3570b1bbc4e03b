import { foreignAnswer, jsonOf, outageOf } from "../../http/outage.ts";
import { MountError } from "../../model/error.ts";
import { failedRead, type ConjurReply, type Step } from "./call.ts";
import type { ConjurParams } from "./params.ts";

/** An outage, or an answer that no Conjur server gives; undefined where the answer is one to the question. */
export function failureOf(reply: ConjurReply, { url }: ConjurParams, step: Step): MountError | undefined {
  const { status, body } = reply;
  const host = new URL(url).host;
  const outage = outageOf(reply, {
    throttled: `${failedRead} 429 Too Many Requests: ${host} throttles ${step}`,
    failed: `${failedRead} ${status}: ${host} failed with ${step}`,
  });
  // A gateway speaks for all of the server, anything else for one request.
  if (outage !== undefined) return [502, 503, 504].includes(status) ? outage : outage.within({ answered: true });
  if (status < 300 || (status >= 400 && (body.byteLength === 0 || jsonOf(body) !== undefined))) return undefined;
  const { reason, message, context } = foreignAnswer(reply, host, "Conjur");
  return new MountError(reason, `${failedRead} ${step} failed: ${message}`, context);
}

/** What a refused login means. */
export function loginRefusal(reply: ConjurReply, params: ConjurParams): MountError {
  const failure = failureOf(reply, params, "the login");
  if (failure !== undefined) return failure;
  const { status } = reply;
  const { account, service, identity, url } = params;
  const who = identity === "" ? "" : ` as ${JSON.stringify(identity)}`;
  const where = `the login at authn-jwt/${service} of account ${account}${who}`;
  if (status === 401) {
    const fix =
      "enable the authenticator, let its issuer and audience be the token's, and define a host for the pod's service account";
    return new MountError("identity_rejected", `${failedRead} 401 Unauthorized: Conjur refused ${where}; ${fix}`);
  }
  if (status === 403) {
    const fix = "grant the host read and authenticate on the authenticator's webservice";
    return new MountError("identity_refused", `${failedRead} 403 Forbidden: Conjur refused ${where}; ${fix}`);
  }
  const host = new URL(url).host;
  const fix = "check address, account and authenticator";
  return new MountError("identity_refused", `${failedRead} ${status}: ${host} refused ${where}; ${fix}`);
}

/** An access token that is not taken, though it is new. */
export function tokenRefused(step: Step): MountError {
  const text = `${failedRead} 401 Unauthorized: Conjur does not take the access token that it gave, when ${step}`;
  return new MountError("identity_rejected", `${text}; check the clocks of its servers`);
}

/** Of one variable, or of the list: the right is missing. */
export function accessDenied(what: string): MountError {
  const text = `${failedRead} 403 Forbidden: the pod's host may not read ${what}; grant it read and execute on it`;
  return new MountError("access_denied", text);
}

/** What is not there. The server gives the same answer for a variable that the host may not see. */
export function notThere(account: string, id: string): string {
  const full = `${account}:variable:${id}`;
  return (
    `${failedRead} 404 Not Found. CONJ00076E Variable ${full} is empty or not found; give it a value, correct the id, ` +
    "or grant the pod's host read and execute on it"
  );
}

/** An answer that says nothing of what was asked. */
export function garbled(what: string): MountError {
  return new MountError("store_protocol", `${failedRead} ${what}; check that the address is the Conjur server's`);
}

/** Any other refusal of a read. */
export function otherRefusal({ status }: ConjurReply, what: string): MountError {
  if (status === 406) {
    return new MountError("object_unusable", `${failedRead} 406 Not Acceptable: Conjur cannot send ${what} as it is`);
  }
  return new MountError("store_protocol", `${failedRead} ${status}: Conjur refused to read ${what}`);
}

/** The code of an error that Conjur itself wrote, such as `not_found`; undefined for what somebody else answered. */
export function errorCode({ body }: ConjurReply): { readonly code: string; readonly message: string } | undefined {
  const answer = jsonOf(body);
  const error = typeof answer === "object" && answer !== null && "error" in answer ? answer.error : undefined;
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  const message = "message" in error ? error.message : "";
  const { code } = error;
  return typeof code === "string" ? { code, message: typeof message === "string" ? message : "" } : undefined;
}
