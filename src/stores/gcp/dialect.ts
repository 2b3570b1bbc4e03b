import type { Audience, AudienceForm } from "../../model/audience.ts";
import type { GcpAuth } from "../../identity/gcp/gcp.ts";
import type { GcpSettings } from "../../identity/gcp/settings.ts";
import type { FileMode } from "../../model/file.ts";
import type { IssueSink } from "../../model/issue.ts";
import type { Found } from "../../model/outcome.ts";
import { planSingles, planStore, type PlannedStore, type Rendered } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import type { Dialect } from "../../model/dialect.ts";
import type { StoreKind } from "../../model/store.ts";
import { reportClashes } from "../../text/claimed-paths.ts";
import { Issues } from "../../text/issues.ts";
import { gcpAdvice, gkeAdvice } from "./dialect-advice.ts";
import { parseEntries, type DialectEntry } from "./dialect-entries.ts";
import { gcpAudience, gcpOwnEndpoints } from "./endpoints.ts";
import { extract } from "./extract.ts";
import type { GcpParams } from "./language.ts";
import { gcpRead } from "./store.ts";

const auths: ReadonlyMap<string, GcpAuth> = new Map([
  ["", "auto"],
  ["pod-adc", "pod"],
  ["provider-adc", "provider"],
]);

/** The pool of a cluster whose settings do not name it; GKE's metadata server does, or a credentials file. */
const unnamedPool: AudienceForm = {
  name: undefined,
  fits: (audience) => audience.endsWith(".svc.id.goog") || audience.includes("iam.googleapis.com/"),
  what: "audience of a workload identity pool",
  example: "PROJECT.svc.id.goog",
  byApi: "if-none",
};

function audienceOf(settings: GcpSettings): Audience | AudienceForm {
  const name = gcpAudience(settings);
  return name === undefined ? unnamedPool : { name, required: false, byApi: "if-none" };
}

/** `provider: gke`: manifests of GKE's managed add-on, which has Google's provider in it. */
export function createGkeDialect(store: StoreKind, settings: GcpSettings): Dialect {
  // Its endpoints are those of gcp, which doctor tries already.
  return { ...createGcpDialect(store, settings), name: "gke", advice: gkeAdvice, endpoints: [] };
}

/** `provider: gcp`: manifests of the official Google provider, with the same files, modes and versions. */
export function createGcpDialect(store: StoreKind, settings: GcpSettings): Dialect {
  return {
    name: "gcp",
    permission: "decimal",
    malformedTokens: "identity_refused",
    advice: gcpAdvice,
    audience: audienceOf(settings),
    endpoints: gcpOwnEndpoints(settings),
    parse: ({ parameters, defaultMode }, sink) => {
      const issues = new Issues();
      const auth = parseAuth(parameters.get("auth") ?? "", issues);
      const entries = parseEntries(parameters.get("secrets"), issues);
      reportClashes(entries, "later", issues);
      refuseUnclear(entries, issues);
      for (const issue of issues.sorted) sink.add(issue);
      if (issues.size > 0) return undefined;
      const stores = new Map<string, PlannedStore>();
      return planSingles(
        entries.map((entry) => {
          const { index, path, resource } = entry;
          const planned = stores.get(resource.location) ?? plannedStore(store, auth, resource.location);
          stores.set(resource.location, planned);
          const render = (found: Found) => renderEntry(entry, found, defaultMode);
          return { index, name: path, store: planned, read: gcpRead(resource), paths: [path], render };
        }),
        "later",
      );
    },
  };
}

function parseAuth(text: string, issues: IssueSink): GcpAuth {
  const auth = auths.get(text);
  if (auth !== undefined) return auth;
  const problem = `unknown auth configuration: ${JSON.stringify(text.slice(0, 40))}`;
  const fix = "write pod-adc or provider-adc, or leave it out";
  issues.add({ reason: "parameter_invalid", place: { parameter: "auth" }, problem, fix });
  return "pod";
}

/**
 * Two different values out of one resource, at one path: the official provider gives either, as its calls come back. Two equal
 * entries are one file.
 */
function refuseUnclear(entries: readonly DialectEntry[], issues: IssueSink): void {
  const seen = new Map<string, DialectEntry>();
  for (const entry of entries) {
    const name = `${entry.path}\n${entry.resourceName}`;
    const { format, key } = entry.extraction ?? {};
    const other = seen.get(name);
    if (other !== undefined && (other.extraction?.format !== format || other.extraction?.key !== key)) {
      const problem = "another entry writes another value of the same resource to the same path";
      const place = { ...entry.place, name: entry.path };
      issues.add({ reason: "path_conflict", place, problem, fix: "give each entry a path of its own" });
    }
    seen.set(name, entry);
  }
}

function plannedStore(store: StoreKind, auth: GcpAuth, location: string): PlannedStore {
  const params: GcpParams = {
    project: undefined,
    location,
    auth,
    workloadIdentityProvider: undefined,
    serviceAccount: undefined,
  };
  return planStore("gcp", store, params);
}

function renderEntry(
  { resourceName, path, mode, extraction }: DialectEntry,
  found: Found,
  defaultMode: FileMode,
): Rendered {
  const payload = found.value.reveal();
  const content = extraction === undefined ? Uint8Array.from(payload) : extract(payload, extraction);
  const file = { path, mode: mode ?? defaultMode, content: new Secret(content) };
  return { files: [file], versions: [{ id: resourceName, version: found.version }] };
}
