import type { Dialect } from "../../model/dialect.ts";
import { checkClass, type CheckedClass } from "./class-checks.ts";
import { hasErrors, inOrder, mistake, type Finding, type Mistake } from "./finding.ts";
import { knownFiles } from "./known-files.ts";
import { readManifests } from "./manifest.ts";
import type { ProviderClass } from "./provider-class.ts";
import { report, type Format } from "./report.ts";
import { ruleCatalogue } from "./rules.ts";
import type { SecretSync } from "./secret-sync.ts";
import { expandSources, textOf, type SourceReader } from "./sources.ts";
import { checkFiles } from "./synced-secret.ts";

/** What `keyferry lint` was asked for. */
export interface LintOptions {
  /** Paths of files and folders; `-` is standard input. */
  readonly files: readonly string[];
  readonly output: Format;
  /** Whether warnings fail the run. */
  readonly strict: boolean;
  readonly dialects: readonly Dialect[];
  /** Version of the program, for reports that name it. */
  readonly version: string;
}

/** The world as lint sees it. */
export interface LintIo extends SourceReader {
  out(text: string): void;
  err(text: string): void;
  /** Whether `out` is a terminal that wants color. */
  readonly color: boolean;
}

/** Checks manifests offline; gives the exit code: 0 no error, 1 errors (or warnings, if strict), 2 unusable input. */
export async function lintFiles(options: LintOptions, io: LintIo): Promise<0 | 1 | 2> {
  const sources = await expandSources(options.files, io);
  for (const problem of sources.problems) io.err(`${problem}\n`);
  const read = [];
  for (const { file, named } of sources.files) read.push(await readSource(file, named, io));
  const findings = lintSources(read, options.dialects);
  const manifests = read.reduce((sum, { classes, syncs }) => sum + classes.length + syncs.length, 0);
  const rules = ruleCatalogue(options.dialects.flatMap(({ advice }) => advice.rules));
  io.out(report(options.output, { findings, rules, manifests, version: options.version, color: io.color }));
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const counts = [countText(errors, "error"), countText(findings.length - errors, "warning")].join(", ");
  io.err(`${countText(manifests, "manifest")} checked, ${counts}\n`);
  if (sources.problems.length > 0 || read.some(({ unusable }) => unusable)) return 2;
  return hasErrors(findings) || (options.strict && findings.length > 0) ? 1 : 0;
}

/** One file, read. */
export interface ReadSource {
  readonly file: string;
  readonly classes: readonly ProviderClass[];
  readonly syncs: readonly SecretSync[];
  readonly mistakes: readonly Mistake[];
  /** Whether there is nothing, or not everything, in it that can be checked. */
  readonly unusable: boolean;
}

async function readSource(file: string, named: boolean, io: LintIo): Promise<ReadSource> {
  const nothing = { file, classes: [], syncs: [], mistakes: [] };
  const bytes = await io.read(file).catch(() => undefined);
  if (bytes === undefined) {
    io.err(`${file}: the file cannot be read\n`);
    return { ...nothing, unusable: true };
  }
  const decoded = textOf(bytes);
  if (decoded.kind === "refused") {
    if (!named) return { ...nothing, unusable: false };
    const { problem, fix } = decoded;
    return {
      ...nothing,
      mistakes: [mistake("encoding-unreadable", { line: 1, column: 1 }, problem, { fix })],
      unusable: true,
    };
  }
  // In a folder there are files of all kinds: one that does not speak of these resources is none of lint's.
  if (!named && !/SecretProviderClass|SecretSync|secrets-store\.csi/u.test(decoded.text)) {
    return { ...nothing, unusable: false };
  }
  const { classes, syncs, mistakes, broken } = readManifests(decoded.text);
  const empty = classes.length + syncs.length + mistakes.length === 0;
  if (empty && named) io.err(`${file}: there is no SecretProviderClass or SecretSync in it\n`);
  return { file, classes, syncs, mistakes, unusable: broken || (empty && named) };
}

/** Every finding of files that were read, in their order. */
export function lintSources(sources: readonly ReadSource[], dialects: readonly Dialect[]): readonly Finding[] {
  const checked = new Map<ProviderClass, CheckedClass>();
  const byName = new Map<string, CheckedClass>();
  for (const one of sources.flatMap(({ classes }) => classes)) {
    const result = checkClass(one, dialects);
    checked.set(one, result);
    byName.set(keyOf(one.namespace, one.name), result);
  }
  return sources.flatMap(({ file, classes, syncs, mistakes }) => {
    const found = [
      ...mistakes,
      ...classes.flatMap((one) => checked.get(one)?.mistakes ?? []),
      ...syncs.flatMap((sync) => checkSync(sync, byName.get(keyOf(sync.namespace, sync.className)))),
    ];
    return inOrder(found).map((one) => ({ file, ...one }));
  });
}

/** A SecretSync's own mistakes, and its files held against those of its class, where that was given too. */
function checkSync(sync: SecretSync, of: CheckedClass | undefined): readonly Mistake[] {
  const found = [...sync.mistakes];
  if (of?.plan !== undefined) checkFiles(sync.secret, knownFiles(of.plan), found);
  return found;
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
