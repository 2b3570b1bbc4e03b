import { MountError } from "../../model/error.ts";
import { parseObjectPath, pathProblem, type ObjectPath } from "../../model/file.ts";
import type { IssueSink } from "../../model/issue.ts";
import { onlyCandidate, planStore, type MountPlan, type PlannedFile, type Read } from "../../model/plan.ts";
import type { Dialect, DialectInput } from "../../model/dialect.ts";
import type { StoreKind } from "../../model/store.ts";
import { reportClashes } from "../../text/claimed-paths.ts";
import { Issues } from "../../text/issues.ts";
import { dopplerAdvice } from "./dialect-advice.ts";
import { parseEntries, type DialectEntry } from "./dialect-entries.ts";
import { entryFiles, everyFile, wholeFile } from "./dialect-files.ts";
import { parseDialectParams, type DialectParams } from "./dialect-params.ts";
import { longestNames } from "./download.ts";
import { standardHost, type DopplerQuery } from "./params.ts";
import { hostOf, type DopplerSettings } from "./settings.ts";
import { dopplerRead } from "./store.ts";
import { transformName } from "./transform-name.ts";

/** Name of the file of a whole config: the key that Doppler's operator writes it to. */
const standardFile = "DOPPLER_SECRETS_FILE";

/** `provider: doppler`: one config, as a file for each secret or as one file that Doppler writes. */
export function createDopplerDialect(store: StoreKind, settings: DopplerSettings): Dialect {
  return {
    name: "doppler",
    permission: "json",
    advice: dopplerAdvice,
    // Pods whose volume brings a service token need none.
    audience: { name: hostOf(settings), required: false, byApi: "if-none" },
    endpoints: settings.hosts.filter((host) => host !== standardHost).map((address) => ({ address })),
    parse: (input, sink) => parse(input, store, settings, sink),
  };
}

function parse(input: DialectInput, store: StoreKind, settings: DopplerSettings, sink: IssueSink) {
  const { parameters } = input;
  const issues = new Issues();
  const params = parseDialectParams(parameters, settings, issues);
  const fileName = parseFileName(parameters.get("fileName"), params, issues);
  const entries = parseEntries(parameters.get("secrets"), params.transformer, issues);
  if (params.format !== undefined) refuseFiles(entries ?? [], params, issues);
  reportClashes(params.format === undefined ? (entries ?? []) : [], "refused", issues);
  for (const issue of issues.sorted) sink.add(issue);
  return issues.size > 0 ? undefined : planOf(input, store, { ...params, fileName, entries });
}

interface Parsed extends DialectParams {
  readonly fileName: ObjectPath;
  /** Undefined where nothing is listed. */
  readonly entries: readonly DialectEntry[] | undefined;
}

function planOf({ defaultMode }: DialectInput, store: StoreKind, parsed: Parsed): MountPlan {
  const { format, transformer, fileName, entries } = parsed;
  const planned = planStore("doppler", store, parsed.store);
  const name = format === undefined ? `config ${parsed.store.config}`.trim() : fileName;
  const read = (query: DopplerQuery): Read => {
    const candidates = [onlyCandidate(planned, dopplerRead({ query, secret: undefined }, parsed.store))] as const;
    return { index: 0, name, candidates, whenMissing: "fail" };
  };
  const plan = (reads: readonly Read[], files: readonly PlannedFile[]): MountPlan => {
    return { reads, files, listings: [], samePath: "refused" };
  };
  const names = entries === undefined ? undefined : [...new Set(entries.map((entry) => entry.name))].sort();
  const listed = read({ config: "", names, format: "map", transformer: undefined });
  if (format !== undefined) {
    const written = read({ config: "", names, format, transformer });
    // Doppler leaves out silently what it does not have.
    const reads = entries === undefined ? [written] : [written, listed];
    return plan(reads, [wholeFile(reads, fileName, defaultMode, entries ?? [])]);
  }
  if (entries !== undefined) return plan([listed], entryFiles(listed, entries, defaultMode));
  const everything = read({ config: "", names, format: "map", transformer });
  return plan([everything], [everyFile(everything, defaultMode, parsed)]);
}

function parseFileName(text: string | undefined, { format }: DialectParams, issues: IssueSink): ObjectPath {
  const fallback = parseObjectPath(standardFile);
  if (fallback === undefined) throw new MountError("internal", "the standard file name is no path");
  if (text === undefined || text === "") return fallback;
  const place = { parameter: "fileName" };
  const problem = pathProblem(text);
  const fix = "name the file to write, such as app/secrets.json";
  if (problem !== undefined) issues.add({ reason: "path_invalid", place, problem: `invalid path: ${problem}`, fix });
  if (format === undefined) {
    const said = { problem: "there is no single file without format", fix: "set format, or remove it" };
    issues.add({ reason: "parameter_invalid", place, ...said });
  }
  return parseObjectPath(text) ?? fallback;
}

/** A file of the whole config has no place for what is said of single secrets. */
function refuseFiles(entries: readonly DialectEntry[], { transformer }: DialectParams, issues: IssueSink): void {
  if (entries.map(({ name }) => name).join(",").length > longestNames) {
    const said = { problem: "the list is too long for format", fix: "leave it out, or remove format" };
    issues.add({ reason: "parameter_invalid", place: { parameter: "secrets" }, ...said });
  }
  for (const { name, path, place, mode, processing, optional } of entries) {
    const file = transformer === undefined ? name : transformName(name, transformer);
    if (path === file && mode === undefined && processing.kind === "plain" && !optional) continue;
    const problem = "format makes one file of all secrets, so none has fields of its own";
    issues.add({ reason: "parameter_invalid", place, problem, fix: "list the name alone, or remove format" });
  }
}
