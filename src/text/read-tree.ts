import { isMap } from "node:util/types";
import { job } from "../model/compute.ts";
import { MountError } from "../model/error.ts";
import { NumberText } from "../model/number-text.ts";
import type { Tree } from "../model/outcome.ts";
import { parseTree } from "./tree.ts";

/** A tree as structured cloning copies it: a `NumberText` is a `Map` of its text and value. */
export type PackedTree =
  | Exclude<Tree, NumberText | readonly Tree[] | Readonly<Record<string, Tree>>>
  | ReadonlyMap<string, number | bigint>
  | readonly PackedTree[]
  | { readonly [key: string]: PackedTree };

/** Reads JSON or YAML as data. Refuses with `budget_exceeded` what has too many values to be held. */
export const readTreeJob = job<Uint8Array, PackedTree | undefined>("read-tree", "reading the object as JSON or YAML");

/** Most values of an object that is read as data: some ten MiB of memory, and milliseconds to copy. */
export const maxValues = 100_000;

/** Content that is read on the thread that serves everybody, in bytes and in signs that separate values. */
const short = { bytes: 64 << 10, signs: 4_000 } as const;

const separating: ReadonlySet<number> = new Set(Buffer.from("\n,:[{%&*!#"));

/** Whether reading takes some milliseconds at most. */
export function isShortToRead(content: Uint8Array): boolean {
  if (content.length > short.bytes) return false;
  let signs = 0;
  for (const byte of content) if (separating.has(byte)) signs += 1;
  return signs <= short.signs;
}

/** Does the job. Throws MountError `budget_exceeded`. */
export function readPacked(content: Uint8Array): PackedTree | undefined {
  const tree = parseTree(content);
  return tree === undefined ? undefined : packTree(tree);
}

/** Ready for structured cloning. Throws MountError `budget_exceeded` for more than 100,000 values. */
export function packTree(tree: Tree): PackedTree {
  let left = maxValues;
  const pack = (value: Tree): PackedTree => {
    left -= 1;
    if (left < 0) throw new MountError("budget_exceeded", `the object has more than ${maxValues} values`);
    if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
    if (value instanceof NumberText) return new Map([[value.text, value.value]]);
    if (isList(value)) return value.map(pack);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pack(item)]));
  };
  return pack(tree);
}

/** The tree that was packed. */
export function unpackTree(tree: PackedTree): Tree {
  if (isMap(tree)) {
    const [entry] = tree;
    return entry === undefined ? null : new NumberText(...entry);
  }
  if (tree === null || typeof tree !== "object" || ArrayBuffer.isView(tree)) return tree;
  if (Array.isArray(tree)) return (tree as readonly PackedTree[]).map(unpackTree);
  const map = Object.create(null) as Record<string, Tree>;
  for (const [key, item] of Object.entries(tree as Readonly<Record<string, PackedTree>>)) {
    map[key] = unpackTree(item);
  }
  return map;
}

function isList(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}
