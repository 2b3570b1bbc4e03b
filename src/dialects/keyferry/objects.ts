import type { IssueSink } from "../../model/issue.ts";
import type { MountPlan, PlannedFile, PlannedListing, Read } from "../../model/plan.ts";
import { readList } from "../../text/yaml/read-text.ts";
import type { Reader } from "../../text/yaml/reader.ts";
import { parseFromEntry } from "./composed-entry.ts";
import { reportClashes } from "../../text/claimed-paths.ts";
import { checkCombination } from "./entry-fields.ts";
import type { EntryContext } from "./entry.ts";
import { parseFindEntry } from "./find-entry.ts";
import { readName, type NamedValue, type NamedValues } from "./named-values.ts";
import { parseObjectEntry } from "./object-entry.ts";
import { parseTemplateEntry } from "./template-entry.ts";
import { TemplateSizes } from "./templates/size.ts";

/** What one entry of `objects` comes to. */
interface Entry {
  readonly read?: Read | undefined;
  readonly listing?: PlannedListing | undefined;
  readonly named?: NamedValue | undefined;
  /** Makes the entry's files once every named value is known. */
  link?(values: NamedValues, broken: ReadonlySet<string>): PlannedFile | undefined;
}

/** Reads the `objects` parameter. */
export function parseObjects(
  context: Omit<EntryContext, "claimed" | "templateSizes">,
  issues: IssueSink,
): Omit<MountPlan, "refreshInterval"> {
  const text = context.input.parameters.get("objects");
  if (text === undefined) {
    const fix = "list the objects to mount, each with its objectName";
    issues.add({ reason: "parameter_missing", place: { parameter: "objects" }, problem: "it is missing", fix });
    return { reads: [], files: [], listings: [], samePath: "refused" };
  }
  const readers = readList(text, "objects", issues);
  if (readers?.length === 0 && isEmptyList(text)) {
    const fix = 'list at least one object, such as "- objectName: db"';
    issues.add({ reason: "no_objects", place: { parameter: "objects" }, problem: "it lists no object", fix });
  }
  const whole: EntryContext = { ...context, claimed: [], templateSizes: new TemplateSizes() };
  const taken = new Set<string>();
  const entries = (readers ?? []).map((reader) => parseEntry(reader, taken, whole));
  const values = new Map(entries.flatMap(({ named }) => (named === undefined ? [] : [[named.name, named] as const])));
  const broken = new Set([...taken].filter((name) => !values.has(name)));
  const files = entries.flatMap((entry) => entry.link?.(values, broken) ?? []);
  reportClashes(whole.claimed, "refused", issues);
  return {
    reads: entries.flatMap(({ read }) => read ?? []),
    files,
    listings: entries.flatMap(({ listing }) => listing ?? []),
    samePath: "refused",
  };
}

/** Whether nothing is listed at all, in contrast to entries that could not be read. */
function isEmptyList(text: string): boolean {
  const found: unknown[] = [];
  readList(text, "objects", { add: (issue) => found.push(issue) });
  return found.length === 0;
}

function parseEntry(reader: Reader, taken: Set<string>, context: EntryContext): Entry {
  checkCombination(reader);
  const name = readName(reader, taken);
  if (name !== undefined) taken.add(name);
  if (reader.isWritten("objectName")) return parseObjectEntry(reader, name, context) ?? {};
  if (reader.isWritten("find")) return { listing: parseFindEntry(reader, context) };
  if (reader.isWritten("from")) return parseFromEntry(reader, context);
  if (reader.isWritten("template") || reader.isWritten("templateFrom")) return parseTemplateEntry(reader, context);
  return parseObjectEntry(reader, name, context) ?? {};
}
