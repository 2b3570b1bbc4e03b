import { adviceRules } from "../../model/advice.ts";
import { reasons } from "../../model/reasons.ts";
import type { Rule, Severity } from "../../model/rule.ts";

interface Entry {
  readonly severity: Severity;
  readonly summary: string;
  readonly fix: string;
}

/**
 * What lint itself checks, for every dialect: the file, the custom resource definitions of SecretProviderClass (driver
 * 1.6) and SecretSync (secrets-store-sync-controller), Kubernetes' rules for names and Secrets, and the files of the volume.
 */
export const rules = {
  "encoding-unreadable": {
    severity: "error",
    summary: "the file is not UTF-8 text",
    fix: "save it as UTF-8",
  },
  "yaml-invalid": {
    severity: "error",
    summary: "the file is not YAML that kubectl can read",
    fix: "correct the YAML at the first place named",
  },
  "helm-template": {
    severity: "error",
    summary: "the file is a Helm template that has not been rendered",
    fix: "check what Helm makes of it: helm template CHART | keyferry lint -f -",
  },
  "field-twice": {
    severity: "error",
    summary: "a map has one field twice; kubectl refuses it, Helm keeps the last",
    fix: "keep one of them",
  },
  "field-missing": { severity: "error", summary: "a field that must be there is not", fix: "add it" },
  "field-unknown": {
    severity: "error",
    summary: "the resource has no field of this name; kubectl refuses it, the API server drops it",
    fix: "correct the spelling; the message names the nearest known field",
  },
  "field-misplaced": {
    severity: "error",
    summary: "a field is in the wrong place",
    fix: "move it, with its indentation, to where the message says",
  },
  "field-type": {
    severity: "error",
    summary: "a value has a type that the API server refuses, such as a number in place of a text",
    fix: 'put quotes around a number, true or false; write lists and maps below parameters as a block of text with "|"',
  },
  "kind-unknown": {
    severity: "error",
    summary: "the API group has no such kind",
    fix: "write SecretProviderClass or SecretSync, in this spelling",
  },
  "api-version-unknown": {
    severity: "error",
    summary: "the kind has no such apiVersion",
    fix: "write the apiVersion that the message names",
  },
  "api-version-deprecated": {
    severity: "warning",
    summary: "the apiVersion is deprecated",
    fix: "write secrets-store.csi.x-k8s.io/v1",
  },
  "name-invalid": {
    severity: "error",
    summary: "Kubernetes does not allow this name",
    fix: "use lower-case letters, digits, dashes and dots, with a letter or digit at both ends",
  },
  "label-invalid": {
    severity: "error",
    summary: "Kubernetes does not allow this label or annotation",
    fix: "write it as the message says",
  },
  "provider-unknown": {
    severity: "error",
    summary: "there is no such provider",
    fix: "write one of the names in the message",
  },
  "parameters-empty": {
    severity: "error",
    summary: "spec.parameters is empty, which the driver refuses",
    fix: "add at least one parameter",
  },
  "secret-key-invalid": {
    severity: "error",
    summary: "Kubernetes does not allow this key in a Secret",
    fix: "use letters, digits, dashes, underscores and dots",
  },
  "secret-type-keys": {
    severity: "error",
    summary: "the keys do not fit the type of the Secret, so that it can never be made",
    fix: "write the keys that the message names, or another type",
  },
  "secret-type-unusual": {
    severity: "warning",
    summary: "the type of the Secret looks like a misspelt one of Kubernetes",
    fix: "write the type that the message names",
  },
  "secret-file-unknown": {
    severity: "error",
    summary: "the Secret takes a value from a file that the volume does not have",
    fix: "write the path of a file, which is the alias where an object has one",
  },
  "secret-twice": {
    severity: "warning",
    summary: "two entries of secretObjects make one Secret",
    fix: "put their data into one entry",
  },
  "secret-key-twice": {
    severity: "warning",
    summary: "a Secret has one key twice; the later value stays",
    fix: "keep one of them",
  },
  "sync-path-invalid": {
    severity: "error",
    summary: "a SecretSync cannot name this file; it takes no folders",
    fix: "give the object a path without a slash, by its alias",
  },
} as const satisfies Record<string, Entry>;

/** A rule of lint itself. */
export type RuleId = keyof typeof rules;

/** Every rule that a finding can name: lint's own, those of dialects, and the reasons a Mount would end with. */
export function ruleCatalogue(ofDialects: readonly Rule[]): readonly Rule[] {
  const own = Object.entries(rules).map(([id, entry]): Rule => ({ id, ...entry }));
  const ofMounts = Object.entries(reasons).map(([id, { fix }]): Rule => {
    return { id, severity: "error", summary: `a Mount would end with ${id}`, fix };
  });
  return [...own, ...Object.values(adviceRules), ...ofDialects, ...ofMounts];
}

/** Rules of which each breach keeps a manifest out of the cluster, and those of which it does in its own metadata alone. */
const refusedRules: ReadonlySet<string> = new Set<RuleId>([
  "yaml-invalid",
  "helm-template",
  "field-twice",
  "field-unknown",
  "field-misplaced",
  "field-type",
  "kind-unknown",
  "api-version-unknown",
]);
const refusedInMetadata: ReadonlySet<string> = new Set<RuleId>(["field-missing", "name-invalid", "label-invalid"]);

/** Whether kubectl or the API server refuse the manifest for this, so that no driver ever sees it. */
export function isRefusedByCluster({ rule, field = "" }: { readonly rule: string; readonly field?: string }): boolean {
  return refusedRules.has(rule) || (refusedInMetadata.has(rule) && field.startsWith("metadata"));
}
