import type { IssueSink, Place } from "../../model/issue.ts";
import { follow, isNothing, positionOf, type YamlContent } from "./nodes.ts";
import { Reader, readersOf } from "./reader.ts";
import type { YamlNode } from "./syntax/node.ts";
import { documentsWithContent, readYaml } from "./yaml.ts";

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
  const items = readItems(text, parameter, issues);
  return items === undefined ? undefined : readersOf(items, { parameter, item }, issues);
}

/** The entries of such a list, whatever they are, for lists whose entries need not be maps. */
export function readItems(text: string, parameter: string, issues: IssueSink): readonly YamlContent[] | undefined {
  const root = readRoot(text, { parameter }, issues);
  if (root === undefined) return undefined;
  const list = root === "empty" ? undefined : follow(root);
  if (list === undefined || isNothing(list)) return [];
  if (list.kind === "list") return list.items.map(follow);
  const place = { parameter, ...positionOf(list) };
  issues.add({ reason: "parameter_invalid", place, problem: "it is not a list", fix: 'start each entry with "- "' });
  return undefined;
}

/** Reads a text that holds one YAML (or JSON) map. Undefined when it cannot be used, which is then an issue. */
export function readMap(text: string, place: Place, issues: IssueSink): Reader | undefined {
  const root = readRoot(text, place, issues);
  if (root === undefined) return undefined;
  const map = root === "empty" ? undefined : follow(root);
  if (map?.kind === "map") return new Reader(map, place, issues);
  issues.add({
    reason: "parameter_invalid",
    place: { ...place, ...(map === undefined ? { line: 1, column: 1 } : positionOf(map)) },
    problem: "it is not a map",
    fix: "write one line for each field",
  });
  return undefined;
}

/** Undefined where the text cannot be used, which is then an issue. */
function readRoot(text: string, place: Place, issues: IssueSink): YamlNode | "empty" | undefined {
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
  const [document, another] = documentsWithContent(yaml.documents);
  if (another !== undefined) {
    const fix = 'remove the line "---"';
    issues.add({ reason: "parameter_invalid", place, problem: "it holds more than one YAML document", fix });
    return undefined;
  }
  return document?.root ?? "empty";
}
