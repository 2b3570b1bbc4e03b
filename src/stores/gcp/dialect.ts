import type { GcpAuth } from "../../identity/gcp/gcp.ts";
import type { GcpSettings } from "../../identity/gcp/settings.ts";
import type { FileMode } from "../../model/file.ts";
import type { IssueSink } from "../../model/issue.ts";
import type { Found } from "../../model/outcome.ts";
import { planSingles, planStore, type PlannedStore, type Rendered } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import type { Dialect } from "../../model/dialect.ts";
import type { StoreKind } from "../../model/store.ts";
import { Issues } from "../../text/issues.ts";
import { gcpAdvice } from "./dialect-advice.ts";
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

/** `provider: gcp`: manifests of the official Google provider, with the same files, modes and versions. */
export function createGcpDialect(store: StoreKind, settings: GcpSettings): Dialect {
  const pool = gcpAudience(settings);
  return {
    name: "gcp",
    advice: gcpAdvice,
    audience: pool === undefined ? undefined : { name: pool, required: false, byApi: "if-none" },
    endpoints: gcpOwnEndpoints(settings),
    parse: ({ parameters, defaultMode }, sink) => {
      const issues = new Issues();
      const auth = parseAuth(parameters.get("auth") ?? "", issues);
      const entries = parseEntries(parameters.get("secrets"), issues);
      refuseSamePath(entries, issues);
      for (const issue of issues.sorted) sink.add(issue);
      if (issues.size > 0) return undefined;
      const stores = new Map<string, PlannedStore>();
      return planSingles(
        entries.map((entry, at) => {
          const { index, path, resource } = entry;
          const planned = stores.get(resource.location) ?? plannedStore(store, auth, resource.location);
          stores.set(resource.location, planned);
          // Of two files of one path, the driver keeps the later.
          const shadowed = entries.slice(at + 1).some((later) => later.path === path);
          const render = (found: Found) => renderEntry(entry, found, defaultMode, shadowed);
          const paths = shadowed ? [] : [path];
          return { index, name: path, store: planned, read: gcpRead(resource), paths, render };
        }),
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

/** Two values out of one resource cannot be told apart by what comes later. */
function refuseSamePath(entries: readonly DialectEntry[], issues: IssueSink): void {
  const seen = new Set<string>();
  for (const { index, path, resourceName } of entries) {
    const name = `${path}\n${resourceName}`;
    if (seen.has(name)) {
      const place = { parameter: "secrets", index, name: path, field: "path" };
      const problem = "another entry writes the same resource to the same path";
      issues.add({ reason: "path_conflict", place, problem, fix: "give each entry a path of its own" });
    }
    seen.add(name);
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
  shadowed: boolean,
): Rendered {
  const payload = found.value.reveal();
  const content = extraction === undefined ? Uint8Array.from(payload) : extract(payload, extraction);
  const file = { path, mode: mode ?? defaultMode, content: new Secret(content) };
  return { files: shadowed ? [] : [file], versions: [{ id: resourceName, version: found.version }] };
}
