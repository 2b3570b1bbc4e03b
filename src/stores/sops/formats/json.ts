import { claimKey, createBudget, invalid, type Budget } from "../budget.ts";
import { entryOf, type Entry, type MapNode, type Node, type ParsedText } from "../node.ts";
import { isInt64 } from "../scalar.ts";

/** One JSON object. Keeps the order of keys and whole numbers to 64 bit. Throws MountError `document_invalid`. */
export function parseJson(text: string): ParsedText {
  const cursor: Cursor = { text, at: 0, budget: createBudget() };
  const root = readValue(cursor, 0);
  skipSpace(cursor);
  if (cursor.at < text.length) throw wrong(cursor);
  if (root.kind !== "map") throw invalid("the top level of its JSON is not an object");
  const metadata = entryOf(root, "sops");
  const content: MapNode = { kind: "map", entries: root.entries.filter(({ key }) => key !== "sops") };
  return {
    documents: [content],
    metadata: metadata?.kind === "map" ? metadata : undefined,
    reserved: metadata !== undefined,
  };
}

interface Cursor {
  readonly text: string;
  readonly budget: Budget;
  at: number;
}

const numberForm = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const spaceForm = /[ \t\n\r]*/y;
const wordForm = /true|false|null/y;

function readValue(cursor: Cursor, depth: number): Node {
  cursor.budget.spend(depth);
  skipSpace(cursor);
  const first = cursor.text[cursor.at];
  if (first === "{") return readObject(cursor, depth);
  if (first === "[") return readArray(cursor, depth);
  if (first === '"') return { kind: "text", text: readString(cursor) };
  const word = take(cursor, wordForm);
  if (word !== undefined) return word === "null" ? { kind: "null" } : { kind: "bool", value: word === "true" };
  return readNumber(cursor);
}

function readObject(cursor: Cursor, depth: number): Node {
  const entries: Entry[] = [];
  const seen = new Set<string>();
  cursor.at += 1;
  if (ate(cursor, "}")) return { kind: "map", entries };
  do {
    skipSpace(cursor);
    const key = readString(cursor);
    claimKey(seen, key);
    if (!ate(cursor, ":")) throw wrong(cursor);
    entries.push({ key, value: readValue(cursor, depth + 1) });
  } while (ate(cursor, ","));
  if (!ate(cursor, "}")) throw wrong(cursor);
  return { kind: "map", entries };
}

function readArray(cursor: Cursor, depth: number): Node {
  const items: Node[] = [];
  cursor.at += 1;
  if (ate(cursor, "]")) return { kind: "list", items };
  do items.push(readValue(cursor, depth + 1));
  while (ate(cursor, ","));
  if (!ate(cursor, "]")) throw wrong(cursor);
  return { kind: "list", items };
}

function readString(cursor: Cursor): string {
  const { text, at } = cursor;
  if (text[at] !== '"') throw wrong(cursor);
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  try {
    const value: unknown = JSON.parse(text.slice(at, end + 1));
    cursor.at = end + 1;
    return String(value).toWellFormed();
  } catch {
    throw wrong(cursor);
  }
}

function readNumber(cursor: Cursor): Node {
  const digits = take(cursor, numberForm) ?? "";
  if (digits === "") throw wrong(cursor);
  if (/^-?[0-9]{1,20}$/.test(digits) && isInt64(BigInt(digits))) return { kind: "int", value: BigInt(digits) };
  const value = Number(digits);
  if (!Number.isFinite(value)) throw invalid("it has a number past the range of a double");
  return { kind: "float", value };
}

function take(cursor: Cursor, form: RegExp): string | undefined {
  form.lastIndex = cursor.at;
  const found = form.exec(cursor.text)?.[0];
  cursor.at += found?.length ?? 0;
  return found;
}

function ate(cursor: Cursor, character: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== character) return false;
  cursor.at += 1;
  return true;
}

function skipSpace(cursor: Cursor): void {
  take(cursor, spaceForm);
}

function wrong(cursor: Cursor): Error {
  return invalid(`it is not valid JSON at line ${cursor.text.slice(0, cursor.at).split("\n").length}`);
}
