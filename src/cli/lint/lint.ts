import { defaultFileMode } from "../../model/file.ts";
import type { Reason } from "../../model/reasons.ts";
import type { MountPlan } from "../../model/plan.ts";
import type { Dialect } from "../../model/store.ts";
import { Issues } from "../../text/issues.ts";
import { nearest } from "../../text/nearest.ts";
import { lintSecretObjects } from "./secret-objects.ts";
import { readManifests, type Manifest, type Position } from "./manifest.ts";

/** One mistake in a file, as `--output json` writes it. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Zero-based position and name of the object or store the mistake is in. */
  readonly object?: { readonly index?: number; readonly name?: string; readonly kind: "object" | "store" };
  readonly parameter?: string;
  readonly field?: string;
  readonly problem: string;
  readonly fix: string;
  readonly reason: Reason;
}

/** What `keyferry lint` was asked for. */
export interface LintOptions {
  /** Paths of files; `-` is standard input. */
  readonly files: readonly string[];
  readonly output: "text" | "json";
  readonly dialects: readonly Dialect[];
}

/** The world as lint sees it. */
export interface LintIo {
  /** The text of a file, or of standard input for `-`. Rejects when it cannot be read. */
  read(file: string): Promise<string>;
  out(text: string): void;
  err(text: string): void;
  /** Whether `out` is a terminal that wants color. */
  readonly color: boolean;
}

/** Checks manifests offline; gives the exit code: 0 clean, 1 findings, 2 a file that cannot be used. */
export async function lintFiles(options: LintOptions, io: LintIo): Promise<0 | 1 | 2> {
  const findings: Finding[] = [];
  let manifests = 0;
  let unusable = false;
  for (const file of options.files) {
    const checked = await lintFile(file, options.dialects, io);
    manifests += checked.manifests;
    findings.push(...checked.findings);
    unusable ||= checked.unusable;
  }
  if (options.output === "json") io.out(`${JSON.stringify({ findings }, null, 2)}\n`);
  else for (const finding of findings) io.out(`${findingText(finding, io.color)}\n`);
  io.err(`${countText(manifests, "manifest")} checked, ${countText(findings.length, "finding")}\n`);
  if (unusable) return 2;
  return findings.length > 0 ? 1 : 0;
}

interface Checked {
  readonly findings: readonly Finding[];
  readonly manifests: number;
  readonly unusable: boolean;
}

async function lintFile(file: string, dialects: readonly Dialect[], io: LintIo): Promise<Checked> {
  const text = await io.read(file).catch(() => undefined);
  if (text === undefined) {
    io.err(`${file}: the file cannot be read\n`);
    return { findings: [], manifests: 0, unusable: true };
  }
  const { manifests, problems } = readManifests(text);
  const broken = problems.map((found): Finding => ({ file, reason: "parameter_invalid", ...found }));
  if (manifests.length === 0 && broken.length === 0) io.err(`${file}: there is no SecretProviderClass in it\n`);
  const findings = manifests.flatMap((manifest) =>
    lintManifest(manifest, dialects).map((found) => ({ file, ...found })),
  );
  return { findings: [...broken, ...findings], manifests: manifests.length, unusable: manifests.length === 0 };
}

/** Every mistake of one SecretProviderClass, by line. */
export function lintManifest(manifest: Manifest, dialects: readonly Dialect[]): readonly Omit<Finding, "file">[] {
  const outer = manifest.problems.map((found) => ({ ...found, reason: "parameter_invalid" as const }));
  const dialect = dialects.find((candidate) => candidate.name === manifest.provider);
  if (dialect === undefined) return [...outer, unknownProvider(manifest, dialects)];
  const issues = new Issues();
  let plan: MountPlan | undefined;
  if (manifest.parameters.size === 0) {
    const at = manifest.positionOf(["spec", "parameters"]);
    const fix = "add parameters; the driver refuses a SecretProviderClass without any";
    outer.push({ ...at, problem: "spec.parameters is empty", fix, reason: "parameter_invalid" });
  } else plan = dialect.parse({ parameters: manifest.parameters, defaultMode: defaultFileMode }, issues);
  const inner = issues.sorted.map(({ place, problem, fix, reason }) => {
    const { index, name, item, parameter, field } = place;
    const object =
      index === undefined && name === undefined
        ? {}
        : { object: { ...defined({ index, name }), kind: item ?? ("object" as const) } };
    const at: Position = manifest.locate(parameter, place.line, place.column);
    return { ...at, ...object, ...defined({ parameter, field }), problem, fix, reason };
  });
  const copies = lintSecretObjects(manifest, plan).map((found) => ({ ...found, reason: "parameter_invalid" as const }));
  return [...outer, ...inner, ...copies].sort((a, b) => a.line - b.line || a.column - b.column);
}

function unknownProvider(manifest: Manifest, dialects: readonly Dialect[]): Omit<Finding, "file"> {
  const names = dialects.map((dialect) => dialect.name);
  const meant = nearest(manifest.provider, names);
  const problem = manifest.provider === "" ? "spec.provider is missing" : "spec.provider is not known";
  const fix = meant === undefined ? `write one of: ${names.join(", ")}` : `did you mean ${meant}?`;
  return {
    ...manifest.positionOf(["spec", "provider"]),
    field: "spec.provider",
    problem,
    fix,
    reason: "parameter_invalid",
  };
}

/** The same without what is undefined. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** `file:line:column: object 2 "db/password", field filePermission: problem; fix` */
function findingText(finding: Finding, color: boolean): string {
  const { file, line, column, object, field, parameter, problem, fix } = finding;
  const number = object?.index === undefined ? "" : ` ${object.index + 1}`;
  const name = object?.name === undefined ? "" : ` ${JSON.stringify(object.name)}`;
  const subject = object === undefined ? (parameter === undefined ? "" : `parameter ${parameter}`) : object.kind;
  const parts = [`${subject}${number}${name}`, field === undefined ? "" : `field ${field}`];
  const about = parts.filter((part) => part !== "").join(", ");
  const at = `${file}:${line}:${column}:`;
  const place = color ? `\u001B[1m${at}\u001B[0m` : at;
  return `${place} ${about === "" ? "" : `${about}: `}${problem}; ${fix}`;
}

function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
