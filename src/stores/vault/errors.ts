import type { VaultReply } from "../../identity/vault/call.ts";
import { vaultOutage, vaultProblem } from "../../identity/vault/error.ts";
import { MountError } from "../../model/error.ts";
import type { Outcome } from "../../model/outcome.ts";
import type { VaultParams } from "./language.ts";
import { shownPath, type VaultRequest } from "./request.ts";

/** What an answer means that is no success. */
export function refusalOf(reply: VaultReply, request: VaultRequest, params: VaultParams, address: string): Outcome {
  const outage = vaultOutage(reply, address);
  if (outage !== undefined) return { kind: "failed", error: outage };
  const path = shownPath(request);
  const said = vaultProblem(reply);
  if (reply.status === 404) return { kind: "missing", problem: `${missingOf(said, path)}${whereOf(params)}` };
  if (reply.status === 403) {
    const verb = capability(request);
    const message =
      `${said} ${verb === "read" ? "reading" : "writing"} ${path} as role ${JSON.stringify(params.role)}` +
      `${whereOf(params)}; the policy needs ${verb} on ${JSON.stringify(pathOf(request))}`;
    return { kind: "failed", error: new MountError("access_denied", message) };
  }
  const message = `${said} for ${request.method} ${path}${whereOf(params)}; correct the path, the method or the arguments`;
  return { kind: "failed", error: new MountError("parameter_invalid", message) };
}

function missingOf(said: string, path: string): string {
  if (said === "404 nothing is mounted at that path")
    return `${said}: ${path}; enable an engine there, or correct the path`;
  return `404 nothing at ${path}; check the path, the version, and for KV version 2 that "data" follows the mount`;
}

function whereOf({ namespace }: VaultParams): string {
  return namespace === "" ? "" : ` in namespace ${namespace}`;
}

function capability({ method }: VaultRequest): string {
  const verb = method.toUpperCase();
  return verb === "" || verb === "GET" ? "read" : verb === "LIST" ? "list" : "update";
}

function pathOf({ path }: VaultRequest): string {
  return path.replace(/^\/v1\//u, "");
}
