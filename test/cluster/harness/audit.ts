import { readFileSync, statSync } from "node:fs";
import { at, type KubeObject } from "./api.ts";
import type { ClusterState } from "./state.ts";

/** One call of the API, as the server saw it. */
export interface AuditedCall {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  /** With the subresource: `serviceaccounts/token`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly status: number;
}

/** Where the log ends now. */
export function auditMark(state: ClusterState): number {
  return statSync(state.auditLog).size;
}

/** Calls by a service account, `NAMESPACE:NAME`, since the mark. */
export function callsSince(state: ClusterState, mark: number, account: string): readonly AuditedCall[] {
  const lines = readFileSync(state.auditLog).subarray(mark).toString().split("\n").filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as KubeObject)
    .filter((entry) => at(entry, "user", "username") === `system:serviceaccount:${account}`)
    .map((entry) => {
      const text = (...names: readonly string[]) => {
        const found = at(entry, ...names);
        return typeof found === "string" ? found : "";
      };
      const subresource = text("objectRef", "subresource");
      const path = text("requestURI").split("?")[0] ?? "";
      const resource = text("objectRef", "resource") || path;
      return {
        user: text("user", "username"),
        verb: text("verb"),
        group: text("objectRef", "apiGroup"),
        resource: subresource === "" ? resource : `${resource}/${subresource}`,
        namespace: text("objectRef", "namespace"),
        name: text("objectRef", "name"),
        status: Number(at(entry, "responseStatus", "code")),
      };
    });
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Whether one of the roles among the manifests says so; a Role for its namespace only. */
export function isGranted(call: AuditedCall, manifests: readonly KubeObject[]): boolean {
  return manifests
    .filter(({ kind }) => kind === "ClusterRole" || kind === "Role")
    .filter((role) => role["kind"] === "ClusterRole" || at(role, "metadata", "namespace") === call.namespace)
    .flatMap((role) => role["rules"] as readonly Rule[])
    .some(
      ({ apiGroups, resources, resourceNames, verbs }) =>
        apiGroups.includes(call.group) &&
        resources.includes(call.resource) &&
        verbs.includes(call.verb) &&
        (resourceNames === undefined || resourceNames.includes(call.name)),
    );
}
