import type { Tree } from "../model/outcome.ts";

/**
 * The file that a value becomes: text as UTF-8, bytes as they are, numbers in decimal without an exponent, `true` or
 * `false`, lists and maps as compact JSON in their own order (bytes inside as base64). Undefined for null: there is
 * nothing to write.
 */
export function treeBytes(tree: Tree): Uint8Array | undefined {
  if (tree === null) return undefined;
  if (isBytes(tree)) return tree;
  return Buffer.from(typeof tree === "string" ? tree : json(tree), "utf8");
}

function json(tree: Tree): string {
  if (typeof tree === "number") return decimal(tree);
  if (typeof tree === "bigint") return tree.toString();
  if (tree === null || typeof tree !== "object") return JSON.stringify(tree);
  if (isBytes(tree)) return JSON.stringify(Buffer.from(tree).toString("base64"));
  if (isList(tree)) return `[${tree.map(json).join(",")}]`;
  return `{${Object.entries(tree)
    .map(([key, value]) => `${JSON.stringify(key)}:${json(value)}`)
    .join(",")}}`;
}

function isBytes(tree: Tree): tree is Uint8Array {
  return ArrayBuffer.isView(tree);
}

function isList(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}

/** The shortest digits that read back as the same number, written out: 1e21 → 1000000000000000000000. */
function decimal(value: number): string {
  if (!Number.isFinite(value)) return "null";
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/u.exec(String(value));
  if (match === null) return String(value);
  const [, sign = "", first = "", rest = "", power = "0"] = match;
  const digits = first + rest;
  const point = 1 + Number(power);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, "0");
}
