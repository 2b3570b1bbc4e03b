import { invalid } from "../budget.ts";
import type { MapNode, Node, Scalar } from "../node.ts";

const step = "\t";

/** One JSON object, indented, keys in their order, whole numbers with all digits. Throws MountError for what JSON lacks. */
export function emitJson(documents: readonly MapNode[]): Uint8Array {
  return Buffer.from(`${nodeText(documents[0] ?? { kind: "map", entries: [] }, "")}\n`, "utf8");
}

function nodeText(node: Node, indent: string): string {
  const deeper = indent + step;
  if (node.kind === "map") {
    return block(
      "{",
      node.entries.map(({ key, value }) => `${JSON.stringify(key)}: ${nodeText(value, deeper)}`),
      "}",
      indent,
    );
  }
  if (node.kind === "list")
    return block(
      "[",
      node.items.map((item) => nodeText(item, deeper)),
      "]",
      indent,
    );
  return scalarText(node);
}

function block(open: string, parts: readonly string[], close: string, indent: string): string {
  if (parts.length === 0) return open + close;
  return `${open}\n${parts.map((part) => indent + step + part).join(",\n")}\n${indent}${close}`;
}

function scalarText(scalar: Scalar): string {
  if (scalar.kind === "text" || scalar.kind === "time") return JSON.stringify(scalar.text);
  if (scalar.kind === "int" || scalar.kind === "bool") return String(scalar.value);
  if (scalar.kind === "float") return floatLiteral(scalar.value);
  if (scalar.kind === "bytes") throw invalid("a value in it is not text; JSON cannot hold it");
  return "null";
}

function floatLiteral(value: number): string {
  if (!Number.isFinite(value)) throw invalid("a number in it is not finite; JSON cannot hold it");
  // Without its fraction it would be read as the whole number 0, which the digest tells from it.
  return Object.is(value, -0) ? "-0.0" : String(value);
}
