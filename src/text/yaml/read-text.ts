import { isMap, isSeq } from "yaml";
import type { IssueSink, Place } from "../../model/issue.ts";
import { isNothing, Nodes, startOf } from "./nodes.ts";
import { Reader, readersOf, type ReaderSource } from "./reader.ts";
import { readYaml } from "./yaml.ts";

/**
 * Reads a text that holds a YAML (or JSON) list of maps, such as the `objects` parameter. Undefined when the text as a
 * whole cannot be used, which is then an issue; an empty list is no issue. Entries that are not maps are issues and
 * left out; the others keep their place in the list as `place.index`.
 */
export function readList(
  text: string,
  parameter: string,
  issues: IssueSink,
  item: "object" | "store" = "object",
): readonly Reader[] | undefined {
  const read = readRoot(text, { parameter }, issues);
  if (read === undefined || isNothing(read.root)) return read === undefined ? undefined : [];
  const { root, source } = read;
  if (isSeq(root)) return readersOf(root.items, { parameter, item }, source);
  const place = { parameter, ...source.yaml.position(startOf(root)) };
  issues.add({ reason: "parameter_invalid", place, problem: "it is not a list", fix: 'start each entry with "- "' });
  return undefined;
}

/** Reads a text that holds one YAML (or JSON) map. Undefined when it cannot be used, which is then an issue. */
export function readMap(text: string, place: Place, issues: IssueSink): Reader | undefined {
  const read = readRoot(text, place, issues);
  if (read === undefined) return undefined;
  if (isMap(read.root)) return new Reader(read.root, place, read.source);
  const at = { ...place, ...read.source.yaml.position(startOf(read.root)) };
  issues.add({
    reason: "parameter_invalid",
    place: at,
    problem: "it is not a map",
    fix: "write one line for each field",
  });
  return undefined;
}

function readRoot(text: string, place: Place, issues: IssueSink): { root: unknown; source: ReaderSource } | undefined {
  const yaml = readYaml(text);
  const [broken] = yaml.problems;
  if (broken !== undefined) {
    issues.add({
      reason: "parameter_invalid",
      place: { ...place, line: broken.line, column: broken.column },
      problem: `it is not valid YAML: ${broken.message}`,
      fix: "correct the YAML at this place",
    });
    return undefined;
  }
  if (yaml.documents.length > 1) {
    const fix = 'remove the line "---"';
    issues.add({ reason: "parameter_invalid", place, problem: "it holds more than one YAML document", fix });
    return undefined;
  }
  const [document] = yaml.documents;
  const nodes = new Nodes(document);
  return { root: nodes.resolve(document?.contents), source: { yaml, nodes, issues } };
}
