import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from "yaml";

/** One line of the table of values. */
interface Row {
  readonly key: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** Deepest level that gets lines of its own; what lies below is shown as the default of its parent. */
const deepest = 2;

/** The README of the chart: its text with the values, each with its default and the comment above it. */
export function writeReadme(text: string, values: string): string {
  const root = parseDocument(values).contents;
  if (!isMap(root)) throw new Error("values.yaml is not a map");
  const rows = rowsOf(root, "", 1, "");
  const lines = rows.map(({ key, fallback, meaning }) => `| \`${key}\` | \`${fallback}\` | ${meaning} |`);
  const table = ["| value | default | meaning |", "|---|---|---|", ...lines].join("\n");
  return text.replace("{{values}}", table);
}

function rowsOf(map: YAMLMap, prefix: string, level: number, inherited: string): readonly Row[] {
  return map.items.flatMap((pair: Pair): readonly Row[] => {
    const { key, value } = pair;
    if (!isScalar(key)) return [];
    const name = `${prefix}${String(key.value)}`;
    // The comment above a map's first key is the map's in this syntax tree.
    const own = key.commentBefore ?? (pair === map.items[0] ? (map.commentBefore ?? "") : "");
    const meaning = oneLine(own) || inherited;
    if (isMap(value) && value.items.length > 0 && level < deepest && !value.flow) {
      return rowsOf(value, `${name}.`, level + 1, oneLine(own));
    }
    const fallback = JSON.stringify((value as { toJSON(): unknown } | null)?.toJSON() ?? null);
    return [{ key: name, fallback: fallback.replaceAll("|", "\\|"), meaning: meaning.replaceAll("|", "\\|") }];
  });
}

/** The last paragraph of a comment, as one line. */
function oneLine(comment: string): string {
  const paragraph = comment.split(/\n\s*\n/).at(-1) ?? "";
  return paragraph
    .split("\n")
    .map((line) => line.trim())
    .join(" ")
    .trim();
}
