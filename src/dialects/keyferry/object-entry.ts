import { createHash } from "node:crypto";
import { MountError } from "../../model/error.ts";
import type { FileMode, ObjectPath } from "../../model/file.ts";
import type { Found, FoundPart, Tree } from "../../model/outcome.ts";
import type { Candidate, PlannedFile, Read, ReadAnswer, Rendered, RenderContext } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import type { Reader } from "../../text/yaml/reader.ts";
import { readCandidates, type ObjectCandidate } from "./candidates.ts";
import { readFolder, readMode, readPath, type EntryContext } from "./entry.ts";
import { extractFiles, readExtraction, type Extraction } from "./extract.ts";
import { linkOutput, outputFile, readOutput, type LinkedOutput } from "./output.ts";
import { readMissing, type WhenMissing } from "./missing.ts";
import type { NamedValue, NamedValues } from "./named-values.ts";
import { partFile } from "./object-file.ts";
import { changeOf, valueData } from "./value.ts";

/** What an entry with an objectName comes to. */
export interface ObjectEntry {
  readonly read: Read;
  readonly named: NamedValue | undefined;
  /** The entry's files, once every named value is known; undefined for an object without any. */
  link(values: NamedValues, broken: ReadonlySet<string>): PlannedFile | undefined;
}

/** How the files of an object are made. */
interface Making {
  readonly candidates: readonly ObjectCandidate[];
  readonly missing: WhenMissing;
  readonly mode: FileMode;
  /** The file, or the folder of files; undefined for the root of the volume. */
  readonly path: ObjectPath | undefined;
  readonly folder: string;
  readonly extraction: Extraction | undefined;
  readonly output: LinkedOutput | undefined;
}

/** Reads all fields even if some are wrong, so that every mistake is found. */
export function parseObjectEntry(
  reader: Reader,
  name: string | undefined,
  context: EntryContext,
): ObjectEntry | undefined {
  const objectName = reader.requiredText("objectName", "write the store's own name of the object");
  const alias = reader.text("objectAlias");
  const shown = alias === undefined || alias === "" ? objectName : alias;
  if (shown !== "") reader.setName(shown);
  const mounted = reader.boolean("mount") ?? true;
  if (!mounted && name === undefined && !reader.has("as")) {
    reader.refuse("mount", "without a file the object needs a name", "add as: NAME, or remove mount");
  }
  const extraction = readExtraction(reader);
  if (!mounted && extraction !== undefined) {
    reader.refuse("mount", "it does not go with extract", "remove mount, or extract");
  }
  const missing = readMissing(reader);
  const output = readOutput(reader);
  const mode = readMode(reader, context);
  const folder = extraction === undefined ? "" : readFolder(reader);
  const isFile = mounted && extraction === undefined;
  const path = isFile
    ? readPath(reader, objectName === "" ? undefined : objectName.replaceAll("/", "_"), context)
    : undefined;
  const candidates = readCandidates(reader, objectName, { context, extraction, missing });
  if (candidates === undefined || (isFile && path === undefined)) return undefined;
  const index = reader.place.index ?? 0;
  const title = path ?? (folder === "" ? objectName : folder);
  const read: Read = { index, name: title, candidates, whenMissing: missing.kind === "fail" ? "fail" : "omit" };
  const making = { candidates, missing, mode, path, folder, extraction };
  const isWhole = extraction === undefined && candidates.every((one) => !one.read.named);
  const link = (values: NamedValues, broken: ReadonlySet<string>): PlannedFile => {
    const linked = output === undefined ? undefined : linkOutput(output, values, broken);
    return {
      index,
      name: title,
      reads: linked?.password === undefined ? [read] : [read, linked.password.read],
      paths: isWhole && path !== undefined ? [path] : undefined,
      render: (answers, rendering) => renderObject({ ...making, output: linked }, answers, rendering),
    };
  };
  return {
    read,
    named: name === undefined ? undefined : namedValue(name, read, { ...making, output: undefined }),
    link: (values, broken) => (mounted ? link(values, broken) : undefined),
  };
}

async function renderObject(
  making: Making,
  answers: readonly (ReadAnswer | undefined)[],
  context: RenderContext,
): Promise<Rendered> {
  const [answer, passwordAnswer] = answers;
  const { path, mode, folder, extraction, output } = making;
  if (answer === undefined) return missingFile(making);
  const candidate = candidateOf(making, answer.candidate);
  const suffix = suffixOf(making, candidate);
  if (extraction !== undefined) {
    return extractFiles({ extraction, folder, mode, spec: candidate.spec, suffix }, wholeOf(answer), context);
  }
  if (path === undefined) throw new MountError("internal", "an object without a path");
  if (output !== undefined) {
    const data = await valueData(candidate.spec, wholeOf(answer), context);
    const version = `${answer.found.version}${changeOf(candidate.spec)}${suffix}`;
    return outputFile(output, { path, mode, data, version, passwordAnswer }, context);
  }
  const files = await Promise.all(
    candidate.read
      .parts(answer.found)
      .map((part) => partFile({ path, mode, spec: candidate.spec, suffix }, part, context)),
  );
  return { files: files.map(({ file }) => file), versions: files.map(({ version }) => version) };
}

/** The default's file, or none. */
function missingFile({ missing, path, mode }: Making): Rendered {
  if (missing.kind !== "default" || path === undefined) return { files: [], versions: [] };
  const content = Secret.fromText(missing.text);
  return { files: [{ path, mode, content }], versions: [{ id: path, version: defaultVersion(missing.text) }] };
}

/** A default stands in the manifest for everybody who may read that, so its digest tells nothing. */
function defaultVersion(text: string): string {
  return `default-${createHash("sha256").update(text).digest("base64url").slice(0, 16)}`;
}

function candidateOf({ candidates }: Making, candidate: Candidate): ObjectCandidate {
  const found = candidates.find((one) => one === candidate);
  if (found === undefined) throw new MountError("internal", "an answer of no candidate");
  return found;
}

/** The version names the candidate that gave the content, unless that is the entry itself. */
function suffixOf({ candidates }: Making, candidate: ObjectCandidate): string {
  const at = candidates.indexOf(candidate);
  return at <= 0 ? "" : `@${at + 1}:${candidate.store.name}`;
}

/** The object as one value; objects of which several parts become files have no such. */
function wholeOf({ found, candidate }: ReadAnswer): Found {
  const [part, another] = candidate.read.parts(found) as readonly [FoundPart?, FoundPart?];
  if (part === undefined || another !== undefined) {
    throw new MountError("object_unusable", "the object has several values, such as a history; name one of them");
  }
  return part.found;
}

function namedValue(name: string, read: Read, making: Making): NamedValue {
  return {
    name,
    read,
    value: async (answer, context): Promise<Tree> => {
      if (answer === undefined) return making.missing.kind === "default" ? making.missing.text : null;
      const { spec } = candidateOf(making, answer.candidate);
      return context.once(making, () => valueData(spec, wholeOf(answer), context));
    },
    version: (answer) => {
      if (answer === undefined)
        return making.missing.kind === "default" ? defaultVersion(making.missing.text) : "missing";
      const candidate = candidateOf(making, answer.candidate);
      return `${answer.found.version}${changeOf(candidate.spec)}${suffixOf(making, candidate)}`;
    },
  };
}
