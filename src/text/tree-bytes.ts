import { NumberText } from "../model/number-text.ts";
import type { Tree } from "../model/outcome.ts";

/**
 * The file that a value becomes: text as UTF-8, bytes as they are, numbers as they stand in their document (else in
 * decimal without an exponent), `true` or `false`, lists and maps as compact JSON in their own order (bytes inside as
 * base64). Undefined for null: there is nothing to write.
 */
export function treeBytes(tree: Tree): Uint8Array | undefined {
  if (tree === null) return undefined;
  if (isBytes(tree)) return tree;
  return Buffer.from(typeof tree === "string" ? tree : jsonText(tree), "utf8");
}

/**
 * A value as `treeBytes` writes it, text in JSON's quotes. `charge` hears of characters before they are joined, and may
 * throw to stop it.
 */
export function jsonText(tree: Tree, charge: (characters: number) => void = () => undefined): string {
  return tree instanceof NumberText ? tree.text : json(tree, charge);
}

function json(tree: Tree, charge: (characters: number) => void): string {
  if (typeof tree === "string") {
    charge(tree.length + 2);
    return JSON.stringify(tree);
  }
  if (tree === null || typeof tree !== "object") {
    charge(8);
    return typeof tree === "number" ? decimal(tree) : String(tree);
  }
  if (tree instanceof NumberText) {
    charge(tree.text.length);
    return jsonNumber.test(tree.text) ? tree.text : plain(tree.value);
  }
  if (isBytes(tree)) {
    charge(Math.ceil((tree.byteLength * 4) / 3) + 2);
    return JSON.stringify(Buffer.from(tree).toString("base64"));
  }
  charge(2);
  // Added up, not joined: several times as fast for the small values that most are.
  let text = "";
  if (isList(tree)) {
    for (const item of tree) text += (text === "" ? "" : ",") + json(item, charge);
    return `[${text}]`;
  }
  for (const [key, value] of Object.entries(tree)) {
    charge(key.length + 3);
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${json(value, charge)}`;
  }
  return `{${text}}`;
}

/** What JSON takes for a number: `1E3` and `1.10`, not `0042` or `0x2A`. */
const jsonNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/u;

function plain(value: number | bigint): string {
  return typeof value === "number" ? decimal(value) : value.toString();
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
