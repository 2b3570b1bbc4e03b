import { MountError } from "../../model/error.ts";
import { parseObjectPath, pathProblem, type FileMode, type ObjectPath } from "../../model/file.ts";
import type { IssueSink } from "../../model/issue.ts";
import type { Found } from "../../model/outcome.ts";
import {
  onlyCandidate,
  planStore,
  type MountPlan,
  type PlannedFile,
  type Read,
  type ReadAnswer,
  type Rendered,
  type RenderContext,
} from "../../model/plan.ts";
import type { Dialect, DialectInput } from "../../model/dialect.ts";
import type { StoreKind } from "../../model/store.ts";
import { reportClashes } from "../../text/claimed-paths.ts";
import { Issues } from "../../text/issues.ts";
import { dopplerAdvice } from "./dialect-advice.ts";
import { parseEntries, type DialectEntry } from "./dialect-entries.ts";
import { parseDialectParams, type DialectParams } from "./dialect-params.ts";
import { isDopplerFound, type DopplerFound } from "./found.ts";
import { ownNames, standardHost, type DopplerQuery, type DopplerRef } from "./params.ts";
import { processValue } from "./process-value.ts";
import { hostOf, type DopplerSettings } from "./settings.ts";
import { dopplerRead } from "./store.ts";

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

function parse(
  { parameters, defaultMode }: DialectInput,
  store: StoreKind,
  settings: DopplerSettings,
  sink: IssueSink,
): MountPlan | undefined {
  const issues = new Issues();
  const params = parseDialectParams(parameters, settings, issues);
  const fileName = parseFileName(parameters.get("fileName"), params, issues);
  const entries = parseEntries(parameters.get("secrets"), params.transformer, issues);
  if (params.format !== undefined) refuseFiles(entries, issues);
  reportClashes(params.format === undefined ? (entries ?? []) : [], "refused", issues);
  for (const issue of issues.sorted) sink.add(issue);
  if (issues.size > 0) return undefined;
  const query = queryOf(params, entries);
  const ref: DopplerRef = { query, secret: undefined };
  const planned = planStore("doppler", store, params.store);
  const name = params.format === undefined ? `config ${params.store.config}`.trim() : fileName;
  const candidates = [onlyCandidate(planned, dopplerRead(ref, params.store))] as const;
  const read: Read = { index: 0, name, candidates, whenMissing: "fail" };
  const files =
    params.format !== undefined
      ? [oneFile(read, fileName, defaultMode)]
      : entries === undefined
        ? [everyFile(read, params, defaultMode)]
        : entries.map((entry) => entryFile(read, entry, defaultMode));
  return { reads: [read], files, listings: [], samePath: "refused" };
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
function refuseFiles(entries: readonly DialectEntry[] | undefined, issues: IssueSink): void {
  for (const { name, path, place, mode, processing, optional } of entries ?? []) {
    const isPlain = path === name && mode === undefined && processing.kind === "plain" && !optional;
    if (isPlain) continue;
    const problem = "format makes one file of all secrets, so none has fields of its own";
    issues.add({ reason: "parameter_invalid", place, problem, fix: "list the name alone, or remove format" });
  }
}

/** Listed names are asked for as they are in Doppler, so that it is known which are there. */
function queryOf({ format, transformer }: DialectParams, entries: readonly DialectEntry[] | undefined): DopplerQuery {
  const names = entries === undefined ? undefined : [...new Set(entries.map(({ name }) => name))].sort();
  const isTransformed = format !== undefined || names === undefined;
  return { config: "", names, format: format ?? "map", transformer: isTransformed ? transformer : undefined };
}

function oneFile(read: Read, path: ObjectPath, mode: FileMode): PlannedFile {
  return {
    index: 0,
    name: path,
    reads: [read],
    paths: [path],
    render: (answers) => {
      const { value: content, version } = onlyFound(answers);
      return { files: [{ path, mode, content }], versions: [{ id: path, version }] };
    },
  };
}

function everyFile(read: Read, { ownVariables, transformer }: DialectParams, mode: FileMode): PlannedFile {
  return {
    index: 0,
    name: read.name,
    reads: [read],
    paths: undefined,
    render: (answers) => {
      const { secrets } = wholeOf(answers);
      const left = ownVariables ? [] : ownNames;
      const shown = [...secrets].filter(([name]) => !isOneOf(name, left, transformer));
      const files = shown.map(([name, { value: content }]) => {
        const path = parseObjectPath(name);
        if (path !== undefined) return { path, mode, content };
        throw new MountError(
          "path_invalid",
          "Doppler has a name that is no file name; list the secrets, each with a path",
        );
      });
      return { files, versions: shown.map(([id, { version }]) => ({ id, version })) };
    },
  };
}

/** Whether a name, as Doppler made it, is one of these; all of its transformers keep the letters and their order. */
function isOneOf(name: string, names: readonly string[], transformer: string | undefined): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/gu, "");
  const own = transformer === "tf-var" ? name.replace(/^TF_VAR_/u, "") : name;
  return names.some((one) => (transformer === undefined ? one === name : plain(one) === plain(own)));
}

function entryFile(read: Read, entry: DialectEntry, defaultMode: FileMode): PlannedFile {
  const { index, name, path, processing, optional } = entry;
  const render = async (answers: readonly (ReadAnswer | undefined)[], context: RenderContext): Promise<Rendered> => {
    const found = wholeOf(answers).secrets.get(name);
    if (found === undefined) {
      if (optional) return { files: [], versions: [] };
      throw new MountError(
        "object_not_found",
        "Doppler's config has no secret of this name; check it, or set optional",
      );
    }
    const content = await processValue(found.value, name, processing, context);
    const version = `${found.version}${changeOf(entry)}`;
    return { files: [{ path, mode: entry.mode ?? defaultMode, content }], versions: [{ id: path, version }] };
  };
  return { index, name, reads: [read], paths: [path], render };
}

/** What an edit of the entry changes in its file. */
function changeOf({ processing }: DialectEntry): string {
  if (processing.kind === "plain") return "";
  return processing.kind === "base64" ? "-base64" : `-${processing.form}-${processing.key.slice(0, 64)}`;
}

function wholeOf(answers: readonly (ReadAnswer | undefined)[]): DopplerFound {
  const found = onlyFound(answers);
  if (isDopplerFound(found)) return found;
  throw new MountError("internal", "a config was read as something else");
}

function onlyFound([answer]: readonly (ReadAnswer | undefined)[]): Found {
  if (answer === undefined) throw new MountError("internal", "a file without what it is made of");
  return answer.found;
}
