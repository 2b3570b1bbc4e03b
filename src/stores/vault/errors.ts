import type { VaultReply } from "../../identity/vault/call.ts";
import { vaultOutage, vaultProblem, vaultWarnings } from "../../identity/vault/error.ts";
import { jsonOf } from "../../http/outage.ts";
import { MountError } from "../../model/error.ts";
import type { Outcome } from "../../model/outcome.ts";
import type { VaultParams } from "./language.ts";
import { listQuery, shownPath, type VaultRequest } from "./request.ts";

/** What an answer means that is no success. */
export function refusalOf(reply: VaultReply, request: VaultRequest, params: VaultParams, address: string): Outcome {
  const path = shownPath(request);
  const verb = capability(request);
  const doing = verb === "update" ? "writing" : verb === "list" ? "listing" : "reading";
  const asking = `${doing} ${path} as role ${JSON.stringify(params.role)}${whereOf(params)}`;
  const outage = vaultOutage(reply, address, ` ${asking}`);
  if (outage !== undefined) return { kind: "failed", error: outage };
  const said = vaultProblem(reply);
  if (reply.status === 404) return { kind: "missing", problem: `${missingOf(reply, request)}${whereOf(params)}` };
  if (reply.status === 403) {
    const message = `${said} ${asking}; the policy needs ${verb} on ${JSON.stringify(pathOf(request))}${versionedHint(request)}`;
    return { kind: "failed", error: new MountError("access_denied", message) };
  }
  const message = `${said} for ${request.method} ${path}${whereOf(params)}; correct the path, the method or the arguments`;
  return { kind: "failed", error: new MountError("parameter_invalid", message) };
}

function missingOf(reply: VaultReply, request: VaultRequest): string {
  const path = shownPath(request);
  const said = vaultProblem(reply);
  if (said === "404 nothing is mounted at that path")
    return `${said}: ${path}; enable an engine there, or correct the path`;
  const gone = goneVersion(reply, path);
  if (gone !== undefined) return `404 ${gone}`;
  if (vaultWarnings(reply).some((text) => /versioned K\/V/iu.test(text))) {
    return `404 nothing at ${path}: a KV version 2 engine is mounted there; write ${withData(request)}`;
  }
  return `404 nothing at ${path}; check the path, the version, and for KV version 2 that "data" follows the mount`;
}

/** What a KV version 2 engine says of a version that it does not give out any more. */
function goneVersion(reply: VaultReply, path: string): string | undefined {
  const metadata = fieldOf(fieldOf(jsonOf(reply.body), "data"), "metadata");
  const [number, time] = [fieldOf(metadata, "version"), fieldOf(metadata, "deletion_time")];
  const version = Number.isSafeInteger(number) ? `version ${String(number)}` : "the version";
  if (fieldOf(metadata, "destroyed") === true) {
    return `${version} of ${path} was destroyed; write a new version, or name another`;
  }
  if (typeof time !== "string" || !/^\d{4}-\d\d-\d\dT[\d:.]{5,20}(?:Z|[+-]\d\d:\d\d)$/u.test(time)) return undefined;
  return `${version} of ${path} was deleted at ${time}; undelete it, write a new version, or name another`;
}

/** Parts of paths that no KV version 2 secret without `data` has. */
const otherEngines =
  /(?:^|\/)(?:data|metadata|creds|static-creds|issue|sign|certs?|ca|keys?|roles?|config|auth|sys|identity|cubbyhole|totp|sts|token)(?:\/|$)/u;

/** That the denied path may be one of KV version 2, where `data` follows the mount, also in policies. */
function versionedHint(request: VaultRequest): string {
  const path = pathOf(request);
  if (capability(request) !== "read" || !path.includes("/") || otherEngines.test(path)) return "";
  return `; if the engine is KV version 2, the path is ${withData(request)}, here and in the policy`;
}

/** Mounts of one segment are by far the most frequent. */
function withData(request: VaultRequest): string {
  return pathOf(request).replace(/^([^/]+)\//u, "$1/data/");
}

function whereOf({ namespace }: VaultParams): string {
  return namespace === "" ? "" : ` in namespace ${namespace}`;
}

function capability({ method, query }: VaultRequest): "read" | "list" | "update" {
  const verb = method.toUpperCase();
  // As the server takes it, and as every HTTP library can send it.
  if (verb === "GET" && query === listQuery) return "list";
  return verb === "" || verb === "GET" || verb === "HEAD" ? "read" : verb === "LIST" ? "list" : "update";
}

function pathOf({ path }: VaultRequest): string {
  return path.replace(/^\/v1\//u, "");
}

function fieldOf(json: unknown, name: string): unknown {
  if (typeof json !== "object" || json === null || !Object.hasOwn(json, name)) return undefined;
  return (json as Readonly<Record<string, unknown>>)[name];
}
