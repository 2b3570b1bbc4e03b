import { foreignAnswer, outageOf } from "../../http/outage.ts";
import { parseRetryAfter } from "../../http/retry-after.ts";
import type { SendAnswer } from "../../http/send.ts";
import { readAzureError } from "../../identity/azure/error.ts";
import { MountError } from "../../model/error.ts";
import { parseChallenge } from "./challenge.ts";
import type { AzureObjectType, AzureRef } from "./objects.ts";

/** Thrown for what the vault says it does not have. */
export class VaultRefusal extends Error {
  readonly kind: "missing";

  constructor(kind: "missing", problem: string) {
    super(problem);
    this.name = "VaultRefusal";
    this.kind = kind;
  }
}

/** What was asked. */
export interface Question {
  readonly ref: AzureRef;
  readonly version: string;
  readonly vault: string;
  /** Where the reader signed in. */
  readonly tenantId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Roles that let an identity read a kind of object. */
const roles: Readonly<Record<AzureObjectType, string>> = {
  secret: "Key Vault Secrets User (or the access policy's secret permission get)",
  key: "Key Vault Crypto User (or the access policy's key permission get)",
  cert: "Key Vault Certificate User (or the access policy's certificate permission get)",
};

/** What an answer other than 200 means. */
export function refusalOf(
  answer: SendAnswer,
  { ref, version, vault, tenantId, now }: Question,
): MountError | VaultRefusal {
  const { status } = answer;
  const { code, inner } = readAzureError(answer.body);
  const name = `objectType:${ref.type}, objectName:${ref.name}, objectVersion:${version}`;
  const said = `${status}${code === "" ? "" : ` ${code}`}${inner === "" ? "" : ` (${inner})`}`;
  const pause = parseRetryAfter(answer.headers["retry-after"], now) ?? milliseconds(answer.headers);
  const texts = { throttled: `vault ${vault} throttles: ${said}`, failed: `vault ${vault} failed: ${said}` };
  const outage = outageOf({ status, retryAfter: pause }, texts);
  if (outage !== undefined) return outage;
  // Key Vault names a code with every refusal; what does not is something in front of it.
  const isChallenge = status === 401 && answer.headers["www-authenticate"] !== undefined;
  if (code === "" && !isChallenge) return foreignAnswer(answer, `vault ${vault}`, "Key Vault");
  if (status === 404) {
    const fix = "check name, type and version; it may be soft-deleted";
    return new VaultRefusal("missing", `${said}: vault ${vault} has no ${name}; ${fix}`);
  }
  if (status === 401) {
    const problem = `${said}: vault ${vault} does not take the access token for ${name}`;
    return new MountError("identity_rejected", `${problem}; ${tokenFix(answer, tenantId)}`);
  }
  if (status === 403) return forbidden(`${said}: vault ${vault} refuses ${name}`, ref.type, inner);
  return new MountError("parameter_invalid", `${said}: vault ${vault} does not take ${name}; correct name and version`);
}

/** A vault names the tenant that it trusts; one that was signed in to by its domain cannot be compared. */
function tokenFix({ headers }: SendAnswer, tenantId: string): string {
  const challenge = parseChallenge(headers["www-authenticate"] ?? "");
  const { tenant } = challenge;
  if (challenge.claims !== undefined) {
    return "a sign-in with the claims that it asks for was of no use: ask Entra ID's administrator which policy wants them";
  }
  const comparable = tenant !== undefined && isId(tenant) && isId(tenantId);
  if (comparable && tenant.toLowerCase() !== tenantId.toLowerCase()) {
    return `the vault belongs to tenant ${tenant}, and the sign-in was to ${tenantId}: write the vault's tenant as tenantID`;
  }
  return "check tenantID and cloudName";
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(text);
}

function forbidden(text: string, type: AzureObjectType, inner: string): MountError {
  if (inner.endsWith("Disabled")) {
    return new MountError("object_unusable", `${text}; the version is disabled: enable it, or name another`);
  }
  if (/Firewall|ForbiddenByConnection|NetworkRule/iu.test(inner)) {
    return new MountError("access_denied", `${text}; its firewall does not let the node in: allow the node's network`);
  }
  const more = type === "cert" ? "; the private key needs the right to secrets" : "";
  return new MountError("access_denied", `${text}; grant the pod's identity ${roles[type]}${more}`);
}

/** Azure's own form of Retry-After. */
function milliseconds(headers: SendAnswer["headers"]): number | undefined {
  const text = headers["retry-after-ms"] ?? headers["x-ms-retry-after-ms"];
  return text !== undefined && /^\d{1,7}$/u.test(text) ? Math.min(Number(text), 300_000) : undefined;
}
