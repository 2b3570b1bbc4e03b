/** Longest line, in characters. */
const width = 120;

/** JSON as a person would lay it out: what fits on a line stands on one. With a line break at its end. */
export function layOutJson(value: unknown): string {
  return `${layOut(value, 0, 0)}\n`;
}

function layOut(value: unknown, depth: number, before: number): string {
  const short = oneLine(value);
  const inner = "  ".repeat(depth + 1);
  if (2 * depth + before + short.length < width || typeof value !== "object" || value === null) return short;
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const parts = Array.isArray(value)
    ? value.map((item) => `${inner}${layOut(item, depth + 1, 1)}`)
    : Object.entries(value).map(([key, item]) => {
        const name = `${JSON.stringify(key)}: `;
        return `${inner}${name}${layOut(item, depth + 1, name.length + 1)}`;
      });
  return `${open}\n${parts.join(",\n")}\n${"  ".repeat(depth)}${close}`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${oneLine(item)}`);
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}
