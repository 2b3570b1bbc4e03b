import { codeOfStatus, outage, readGoogleError } from "../../identity/gcp/error.ts";
import type { CallAnswer } from "../../identity/gcp/call.ts";
import { MountError } from "../../model/error.ts";
import type { Outcome } from "../../model/outcome.ts";
import type { Resource } from "./resource-name.ts";

/** Names of the two services, and the role that lets an identity read. */
export const services = {
  secret: { name: "Secret Manager", role: "roles/secretmanager.secretAccessor" },
  parameter: { name: "Parameter Manager", role: "roles/parametermanager.parameterAccessor" },
} as const;

/** What an answer other than 200 means. Each text starts with the gRPC code's name, which people look for in events. */
export function refusalOf(answer: CallAnswer, resource: Resource): Outcome {
  const { status } = answer;
  const service = services[resource.kind];
  const error = readGoogleError(status, answer.json);
  // Without Google's own words it may be a proxy that speaks, and absence is for the store to say.
  if (error === undefined) return failed(withCode(outage(answer, service.name), status));
  if (status === 401) {
    const message = `Unauthenticated: ${service.name} does not take the access token that it was sent`;
    return failed(new MountError("identity_rejected", message));
  }
  const code = error.reason === undefined ? error.code : `${error.code} (${error.reason})`;
  const { name } = resource;
  switch (error.code) {
    case "NotFound":
      return { kind: "missing", problem: `${code}: ${service.name} has no ${name}; check project, id and version` };
    case "PermissionDenied":
      return failed(new MountError("access_denied", `${code}: ${denied(error.reason, resource)}`));
    case "FailedPrecondition":
      return failed(new MountError("object_unusable", `${code}: ${unusable(resource)}`));
    case "InvalidArgument":
    case "OutOfRange":
      return failed(new MountError("parameter_invalid", `${code}: ${service.name} does not take the name ${name}`));
    case "Internal":
    case "Unknown":
    case "DataLoss":
    case "Unimplemented":
      return failed(new MountError("store_protocol", `${code}: ${service.name} failed to read ${name}`));
    default:
      return failed(withCode(outage(answer, service.name), status));
  }
}

/** As `kind: "failed"`. */
export function failed(error: MountError): Outcome {
  return { kind: "failed", error };
}

/** What no grant of a role mends, by the reason of ErrorInfo. Source: google/api/error_reason.proto. */
const refusals: Readonly<Record<string, string>> = {
  SERVICE_DISABLED: "its API is not enabled in the project; enable it there",
  BILLING_DISABLED: "the project has no billing account that pays; link one to it",
  CONSUMER_SUSPENDED: "the project is suspended; its owner must clear that with Google",
  CONSUMER_INVALID: "the project cannot use the API; check the project of the name",
  SECURITY_POLICY_VIOLATED:
    "a VPC Service Controls perimeter refuses it; let the pod's identity and network in by an ingress rule of the perimeter",
  ORG_POLICY_VIOLATED: "a policy of the organization refuses it; ask its administrator",
  LOCATION_ORG_POLICY_VIOLATED: "a policy of the organization refuses the location; ask its administrator",
  ACCESS_TOKEN_SCOPE_INSUFFICIENT:
    "the access token lacks the scope cloud-platform; give the node or the credentials that scope, or use pod-adc",
};

function denied(reason: string | undefined, { kind, name }: Resource): string {
  const service = services[kind];
  const fix = reason === undefined ? undefined : refusals[reason];
  if (fix !== undefined) return `${service.name} refuses ${name}: ${fix}`;
  return `the pod's identity may not read ${name}, or it does not exist; grant it ${service.role}`;
}

function unusable({ kind, name }: Resource): string {
  if (kind === "secret") return `${name} is disabled or destroyed; enable it, or name another version`;
  return `${name} cannot be rendered; it is disabled, or a secret that it refers to cannot be read by the parameter`;
}

/** An outage with the code's name in front, where it is not there yet. */
function withCode(error: MountError, status: number): MountError {
  const code = codeOfStatus(status);
  if (error.message.startsWith(code)) return error;
  return new MountError(error.reason, `${code}: ${error.message}`, error.context);
}
