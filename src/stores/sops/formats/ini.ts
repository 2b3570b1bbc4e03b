import { claimKey, createBudget, invalid } from "../budget.ts";
import { unflatten } from "../flattened.ts";
import type { Entry, MapNode, Node, ParsedText } from "../node.ts";
import { takeIniValue } from "./ini-value.ts";

interface Section {
  readonly name: string;
  readonly keys: Set<string>;
  readonly entries: { readonly key: string; readonly text: string }[];
}

/** The section of keys that stand before any other, as the writer's library names it. */
const first = "DEFAULT";

/** Sections of keys, values all text, by the rules of the writer's library (ini.v1) as far as it writes them itself. */
export function parseIni(text: string): ParsedText {
  const sections = sectionsOf(text.replaceAll("\r\n", "\n").split("\n"));
  const metadata = sections.find(({ name }) => name === "sops");
  const kept = sections.filter((section) => section !== metadata && (section.name !== first || section.keys.size > 0));
  const entries = kept.map(({ name, entries: own }): Entry => {
    const values = own.map(({ key, text: value }): Entry => ({ key, value: { kind: "text", text: value } }));
    return { key: name, value: { kind: "map", entries: values } };
  });
  return {
    documents: [{ kind: "map", entries }],
    metadata: metadata && unflatten(metadata.entries.map((entry) => [entry.key, entry.text])),
  };
}

function sectionsOf(lines: string[]): Section[] {
  const budget = createBudget();
  let current: Section = { name: first, keys: new Set(), entries: [] };
  const sections = [current];
  const names = new Set([first]);
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] ?? "").trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    budget.spend(1);
    const name = /^\[(.*)\]\s*(?:[#;].*)?$/.exec(line)?.[1]?.trim();
    if (name === undefined) {
      at = readKey(lines, at, current);
    } else if (name === first && sections.length === 1) {
      continue;
    } else {
      claimKey(names, name);
      current = { name, keys: new Set(), entries: [] };
      sections.push(current);
    }
  }
  return sections;
}

/** Adds the key that starts at a line; gives the line that its value ends in. */
function readKey(lines: readonly string[], at: number, section: Section): number {
  const line = (lines[at] ?? "").trimStart();
  const quoted = /^(?:"""(.*?)"""|`([^`]*)`|"([^"]*)")/.exec(line);
  const behind = line.slice(quoted?.[0].length ?? 0);
  const mark = behind.search(/[=:]/);
  const before = behind.slice(0, Math.max(mark, 0)).trim();
  if (mark === -1 || (quoted !== null && before !== "")) {
    throw invalid(`line ${at + 1} is neither a section nor a key`);
  }
  const key = quoted === null ? before : (quoted[1] ?? quoted[2] ?? quoted[3] ?? "");
  if (key === "") throw invalid(`line ${at + 1} has a value without a key`);
  const { text, end } = takeIniValue(behind.slice(mark + 1), lines, at);
  claimKey(section.keys, key);
  section.entries.push({ key, text });
  return end;
}

/** The sections again, without comments. */
export function emitIni(documents: readonly MapNode[]): Uint8Array {
  const blocks = documents
    .flatMap(({ entries }) => entries)
    .map(({ key, value }) => {
      if (value.kind !== "map") throw invalid("a section in it is not a map");
      const lines = value.entries.map((entry) => `${quotedKey(entry.key)} = ${quoted(textOf(entry.value))}\n`);
      return `[${key}]\n${lines.join("")}`;
    });
  return Buffer.from(blocks.join("\n"), "utf8");
}

function textOf(value: Node): string {
  if (value.kind === "text" || value.kind === "time") return value.text;
  if (value.kind === "int" || value.kind === "bool" || value.kind === "float") return String(value.value);
  if (value.kind === "bytes") throw invalid("a value in it is not text; an ini file cannot hold it");
  return "";
}

function quotedKey(key: string): string {
  if (key.includes("`")) return `"""${key}"""`;
  return /["=:]/.test(key) ? `\`${key}\`` : key;
}

/** As the writer's library does it, so that reading the file with that library gives the value back. */
function quoted(text: string): string {
  if (text.includes("\n") || text.includes("`")) return `"""${text}"""`;
  if (/[#;]/.test(text)) return `\`${text}\``;
  return text.trim() === text && !/^(["'`]).*\1$/s.test(text) ? text : `"${text}"`;
}
