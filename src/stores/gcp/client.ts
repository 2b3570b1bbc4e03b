import type { Call, CallAnswer } from "../../identity/gcp/call.ts";
import { fieldOf } from "../../identity/gcp/error.ts";
import type { GcpIdentity } from "../../identity/gcp/gcp.ts";
import type { GcpEndpoints } from "../../identity/gcp/settings.ts";
import { MountError } from "../../model/error.ts";
import type { Outcome } from "../../model/outcome.ts";
import type { Clock } from "../../model/clock.ts";
import { Secret } from "../../model/secret.ts";
import type { Session } from "../../model/session.ts";
import { parseBase64 } from "../../text/codecs/base64.ts";
import { crc32c } from "./crc32c.ts";
import { failed, refusalOf, services } from "./errors.ts";
import type { GcpParams } from "./language.ts";
import type { Resource, ResourceKind } from "./resource-name.ts";

/** What the client is wired with. */
export interface ClientWiring {
  readonly call: Call;
  readonly identity: GcpIdentity;
  readonly outside: Clock;
  readonly endpoints: GcpEndpoints;
}

/** How old a token must be to be blamed for a refused permission, in milliseconds: grants may have changed since. */
const blamedAfter = 60_000;

/** Largest answer in bytes: a rendered parameter of 1 MiB beside its template, both in base64. */
const mostBytes = 4 * 1024 * 1024;

/** Host that serves a location. `location` has been held to what a host name may hold. */
export function hostOf(kind: ResourceKind, location: string): string {
  const service = kind === "secret" ? "secretmanager" : "parametermanager";
  return location === "" ? `${service}.googleapis.com` : `${service}.${location}.rep.googleapis.com`;
}

/** Reads one version. Rejects with a MountError. */
export async function readVersion(
  resource: Resource,
  session: Session<GcpParams>,
  wiring: ClientWiring,
  signal: AbortSignal,
): Promise<Outcome> {
  const url = urlOf(resource, wiring.endpoints);
  const answer = await askService(url, services[resource.kind].name, { session, wiring, signal });
  return answer.status === 200 ? contentOf(answer, resource) : refusalOf(answer, resource);
}

/** Who asks, and by what. */
export interface Asking {
  readonly session: Session<GcpParams>;
  readonly wiring: ClientWiring;
  readonly signal: AbortSignal;
}

/** One request to a service, `who`. A token from before that is refused is replaced once. Rejects with a MountError. */
export async function askService(url: string, who: string, asking: Asking): Promise<CallAnswer> {
  const first = await ask(url, who, asking);
  if (!first.stale) return first.answer;
  first.drop();
  return (await ask(url, who, asking)).answer;
}

async function ask(url: string, who: string, { session, wiring, signal }: Asking) {
  const { auth, workloadIdentityProvider, serviceAccount } = session.params;
  const login = {
    auth,
    ...(workloadIdentityProvider === undefined ? {} : { workloadIdentityProvider }),
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
  };
  const held = await wiring.identity(login, session, signal);
  const answer = await wiring.call({ url, who, bearer: held.token, mostBytes }, signal);
  const old = wiring.outside.now() - held.obtainedAt >= blamedAfter;
  return {
    stale: held.kept && (answer.status === 401 || (answer.status === 403 && old)),
    drop: held.drop,
    answer,
  };
}

/** Throws MountError `internal` if the address would not be at the host that it is meant for. */
function urlOf({ kind, name, location }: Resource, endpoints: GcpEndpoints): string {
  const base =
    (kind === "secret" ? endpoints.secretManager : endpoints.parameterManager) || `https://${hostOf(kind, location)}`;
  const path = `/v1/${name.split("/").map(encodeURIComponent).join("/")}:${kind === "secret" ? "access" : "render"}`;
  const url = new URL(base + path);
  if (url.origin === new URL(base).origin && url.pathname.endsWith(path)) return url.href;
  throw new MountError("internal", "the address of an object is not at its host");
}

function contentOf({ json }: CallAnswer, resource: Resource): Outcome {
  const who = services[resource.kind].name;
  const isSecret = resource.kind === "secret";
  const payload = fieldOf(json, "payload");
  const version = fieldOf(json, isSecret ? "name" : "parameterVersion");
  const data = (isSecret ? fieldOf(payload, "data") : fieldOf(json, "renderedPayload")) ?? "";
  if (typeof version !== "string" || !/^[\x21-\x7e ]{1,1024}$/u.test(version)) {
    return garbled(`${who} answered without the name of the version`);
  }
  if (isSecret && (typeof payload !== "object" || payload === null))
    return garbled(`${who} answered without a payload`);
  const bytes = typeof data === "string" ? parseBase64(data) : undefined;
  if (bytes === undefined) return garbled(`${who} answered with a payload that is not base64`);
  if (isSecret && bytes.length === 0 && fieldOf(payload, "dataCrc32c") === undefined) {
    return garbled(`${who} answered with an empty payload and no checksum of it`);
  }
  if (isSecret && !matches(fieldOf(payload, "dataCrc32c"), bytes)) {
    return garbled(`DataLoss: the payload of ${resource.name} does not match its checksum`);
  }
  return { kind: "found", value: new Secret(bytes), version };
}

/** A checksum is an int64, which JSON carries as text; a server may leave it out. */
function matches(checksum: unknown, bytes: Uint8Array): boolean {
  if (checksum === undefined) return true;
  return (typeof checksum === "string" || typeof checksum === "number") && String(checksum) === String(crc32c(bytes));
}

function garbled(message: string): Outcome {
  return failed(new MountError("store_protocol", message));
}
