import { NumberText } from "../../../model/number-text.ts";
import type { Tree } from "../../../model/outcome.ts";
import { isList, isMap } from "../formats/data.ts";

/** A number that is printed as it stands in its document, and calculated with as what it means. */
export class TemplateNumber {
  readonly #number: NumberText;

  constructor(number: NumberText) {
    this.#number = number;
  }

  valueOf(): number | bigint {
    return this.#number.value;
  }

  toString(): string {
    return this.#number.text;
  }

  /** As it came. */
  unwrap(): NumberText {
    return this.#number;
  }
}

/** Bytes that are not text: only filters that take bytes get at them. */
export class TemplateBytes {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  unwrap(): Uint8Array {
    return this.#bytes;
  }
}

/** Data as templates see it: own properties only, also of maps with strange keys. */
export function toScope(tree: Tree): unknown {
  if (tree instanceof NumberText) return new TemplateNumber(tree);
  if (ArrayBuffer.isView(tree)) return new TemplateBytes(tree);
  if (isList(tree)) return tree.map(toScope);
  if (!isMap(tree)) return tree;
  const map = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(tree)) map[key] = toScope(value);
  return map;
}

/** The way back, for filters that write data; what a template made of it is data as well. */
export function toTree(value: unknown): Tree {
  if (value instanceof TemplateNumber || value instanceof TemplateBytes) return value.unwrap();
  if (Array.isArray(value)) return value.map(toTree);
  if (value === null || value === undefined) return null;
  if (typeof value === "object") {
    const map = Object.create(null) as Record<string, Tree>;
    for (const [key, item] of Object.entries(value)) map[key] = toTree(item);
    return map;
  }
  return typeof value === "function" || typeof value === "symbol"
    ? null
    : (value as string | number | bigint | boolean);
}

/** Values and characters in data, as far as `limit`. */
export function sizeOf(tree: Tree, limit: number): number {
  let size = 1;
  const add = (value: Tree, key = "") => {
    if (size > limit) return;
    size += 16 + key.length;
    if (typeof value === "string") size += value.length;
    else if (ArrayBuffer.isView(value)) size += value.byteLength;
    else if (isList(value)) for (const item of value) add(item);
    else if (isMap(value)) for (const [name, item] of Object.entries(value)) add(item, name);
  };
  add(tree);
  return size;
}
