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

function denied(reason: string | undefined, { kind, name }: Resource): string {
  const service = services[kind];
  if (reason === "SERVICE_DISABLED") return `the ${service.name} API is not enabled in the project of ${name}`;
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
