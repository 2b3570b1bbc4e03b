import { parseFileMode, parseObjectPath, pathProblem, type FileMode, type ObjectPath } from "../../model/file.ts";
import type { GoEntry } from "../../text/go/entry.ts";
import type { AwsKind } from "./arn.ts";
import { compileCut } from "./cut.ts";
import { readKind } from "./dialect-kind.ts";
import { readFailover } from "./dialect-failover.ts";
import type { CutFile, DialectObject, EntryReading } from "./dialect-object.ts";
import { climbsOut, fileName, type PathTranslation } from "./file-name.ts";

/** Reads one entry of `objects`; every mistake in it is an issue, and the object is then of no use. */
export function readEntry(entry: GoEntry, { params, regions }: EntryReading): DialectObject | undefined {
  const [name, alias] = [entry.text("objectName"), entry.text("objectAlias")];
  entry.setName(alias === "" ? name : alias);
  const type = entry.text("objectType");
  const kind = readKind(entry, name, type, { region: regions.primary, which: "region" });
  const [version, label] = [entry.text("objectVersion"), entry.text("objectVersionLabel")];
  if (kind !== undefined) checkVersion(entry, { kind, version, label });
  const path = readPath(entry, alias === "" ? name : alias, params.translation);
  const mode = readMode(entry);
  const cuts = entry.entries("jmesPath").map((one, at) => readCut(one, at, mode, params.translation));
  const failover = readFailover(entry, { alias, version, type, regions });
  if (kind === undefined || path === undefined) return undefined;
  const files = cuts.filter((cut) => cut !== undefined);
  const needed = regions.failover === undefined ? [] : files.map(({ cut }) => cut);
  const ref = { kind, name, version, label, failover, cuts: needed };
  const place = entry.placeOf(alias === "" ? "objectName" : "objectAlias");
  return { index: entry.index, kind, name, path, place, mode, ref, cuts: files };
}

function checkVersion(entry: GoEntry, object: { kind: AwsKind; version: string; label: string }): void {
  const { kind, version, label } = object;
  if (kind === "ssmparameter" && version !== "" && label !== "") {
    const problem = "cannot specify both objectVersion and objectVersionLabel for a parameter";
    entry.refuse("objectVersionLabel", problem, "keep one of the two");
  }
}

/** The path of a file, translated; an issue where the official provider or the driver would refuse it. */
function readPath(entry: GoEntry, written: string, translation: PathTranslation): ObjectPath | undefined {
  if (written === "") return undefined;
  const path = fileName(written, translation);
  const problem = climbsOut(path) ? `path can not contain ../: ${path}` : pathProblem(path);
  if (problem === undefined) return parseObjectPath(path);
  entry.refuse("objectAlias", problem, "write a relative path, such as db/password", "path_invalid");
  return undefined;
}

/** Bits beyond 0777 are dropped, as the driver drops them. */
function readMode(entry: GoEntry): FileMode | undefined {
  const written = entry.text("filePermission");
  if (written === "") return undefined;
  if (/^[0-7]{4}$/u.test(written)) return parseFileMode(Number.parseInt(written, 8) & 0o777);
  const node = entry.node("filePermission");
  const octal = node?.kind === "scalar" && node.style === "plain" && /^0[0-7]{3}$/u.test(node.text);
  const shown = written.length > 20 ? `${written.slice(0, 20)}…` : written;
  const fix = octal ? `put it in quotes: "${node.text}"` : 'write four octal digits in quotes, such as "0400"';
  entry.refuse("filePermission", `invalid file permission: ${shown}`, fix, "mode_invalid");
  return undefined;
}

function readCut(
  entry: GoEntry,
  at: number,
  parentMode: FileMode | undefined,
  translation: PathTranslation,
): CutFile | undefined {
  const [expression, alias] = [entry.text("path"), entry.text("objectAlias")];
  const which = `jmesPath entry ${at + 1}${expression === "" ? "" : ` (${expression.slice(0, 60)})`}`;
  if (expression === "") {
    entry.refuse("path", `${which}: path must be specified for JMES object`, "write path: the expression that selects");
  }
  if (alias === "") {
    const problem = `${which}: object alias must be specified for JMES object`;
    entry.refuse("objectAlias", problem, "write objectAlias: the name of the file");
  }
  const compiled = expression === "" ? undefined : compileCut(expression, at);
  if (compiled?.kind === "refused") entry.refuse("path", `${which}: ${compiled.problem}`, compiled.fix);
  const mode = readMode(entry) ?? parentMode;
  const path = readPath(entry, alias, translation);
  if (compiled?.kind !== "compiled" || path === undefined) return undefined;
  return { cut: compiled.cut, path, place: entry.placeOf("objectAlias"), mode };
}
