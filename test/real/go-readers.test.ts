import { spawnSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import { goJson, numbersFit, parseGoJson } from "../../src/text/go/json.ts";
import { IniError, parseGoIni } from "../../src/text/go/ini.ts";
import { readGoEntries } from "../../src/text/go/entries.ts";
import type { GoEntry } from "../../src/text/go/entry.ts";
import { sigsYaml, yamlV3, type GoRules } from "../../src/text/go/rules.ts";
import { GoYamlError } from "../../src/text/go/yaml-node.ts";
import { resolvePlain } from "../../src/text/go/yaml-scalar.ts";
import { goValue } from "../../src/text/go/yaml-values.ts";
import { parseGoYaml } from "../../src/text/go/yaml.ts";
import { Issues } from "../../src/text/issues.ts";
import { YamlSyntaxError } from "../../src/text/yaml/syntax/cursor.ts";
import type { YamlNode } from "../../src/text/yaml/syntax/node.ts";
import { goYaml, parseYamlDocuments } from "../../src/text/yaml/syntax/parser.ts";
import { entriesText, iniText, jsonText, plainScalar, randomOf, yamlText } from "./go-texts.ts";
import { ownGoProgram } from "./tools.ts";

const program = ownGoProgram("go-readers");

/** Texts of each kind. Another seed makes others: KEYFERRY_SEED=7. */
const count = 20_000;
const seed = Number(process.env["KEYFERRY_SEED"] ?? "1");

/** What one side made of a text; a refusal has no value. */
interface Answer {
  readonly ok: boolean;
  readonly value?: unknown;
}

/** Where the two may differ, with the reason. Nothing else may. */
const exceptions: readonly {
  readonly why: string;
  readonly is: (text: string, mode: string, go: string, ours: string) => boolean;
}[] = [
  {
    why: "libyaml looks for a byte order mark at the start of its buffer instead of where it is; inside a text it means nothing sensible",
    is: (text) => text.includes("\ufeff"),
  },
  {
    why: "an alias to a node that contains it is refused while parsing; Go's node tree holds it, and decoding refuses it",
    is: (text, mode, go, ours) =>
      mode === "yaml nodes" &&
      ours === refused &&
      !answerOf(() => value(text)).ok &&
      /&(\w+)[^]*\*\1/u.test(text) &&
      go !== refused,
  },
  {
    why: "a tag ! with nothing behind it is null for yaml.v3 and an empty text for yaml.v2; ours is null",
    is: (text, mode) => mode === "sigs entries" && /(?:^|\s)!(?:\s|$)/u.test(text),
  },
  {
    why: "what a later key of the same name replaces is checked as well: Go by way of a map never looks at it",
    is: (text, mode, go, ours) =>
      mode === "sigs entries" && ours === refused && go !== refused && /(\w+):[^]*\s\1:/u.test(text),
  },
];

const refused = "refused";

function askGo(mode: string, texts: readonly string[]): readonly Answer[] {
  const lines = texts.map((text) => JSON.stringify({ mode, text: Buffer.from(text, "utf8").toString("base64") }));
  const { stdout, status } = spawnSync(program ?? "", [], { input: `${lines.join("\n")}\n`, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error("the Go program failed");
  const answers = stdout.toString("utf8").trimEnd().split("\n");
  return answers.map((line) => JSON.parse(line) as Answer);
}

/** Texts on which the two differ. */
function differences(mode: string, texts: readonly string[], read: (text: string) => unknown): readonly unknown[] {
  const theirs = askGo(mode, texts);
  return texts.flatMap((text, at) => {
    const [go, ours] = [normal(theirs[at] ?? { ok: false }), normal(answerOf(() => read(text)))];
    if (go === ours || exceptions.some(({ is }) => is(text, mode, go, ours))) return [];
    return [{ text, go, ours }];
  });
}

function answerOf(read: () => unknown): Answer {
  try {
    return { ok: true, value: read() };
  } catch (thrown) {
    if (thrown instanceof YamlSyntaxError || thrown instanceof GoYamlError) return { ok: false };
    if (
      thrown instanceof SyntaxError ||
      thrown instanceof RangeError ||
      thrown instanceof Refused ||
      thrown instanceof IniError
    )
      return { ok: false };
    throw thrown;
  }
}

/** Go escapes U+FFFD where it stands for bytes that are no UTF-8; the character is the same. */
function normal({ ok, value }: Answer): string {
  return ok ? JSON.stringify(value ?? null).replaceAll("\\\\ufffd", "\ufffd") : refused;
}

class Refused extends Error {}

function texts(make: (random: () => number) => string, more: readonly string[] = []): readonly string[] {
  const random = randomOf(seed);
  return [...more, ...Array.from({ length: count }, () => make(random))];
}

function dump(node: YamlNode): unknown {
  if (node.kind === "alias") return ["*", node.name];
  const own = node.tag === "!" ? "" : node.tag;
  if (node.kind === "scalar") {
    const plain = node.text === "<<" ? "!!merge" : resolvePlain(node.text).tag;
    return [own === "" ? (node.style === "plain" ? plain : "!!str") : own, node.text];
  }
  const items = node.kind === "list" ? node.items : node.pairs.flatMap(({ key, value }) => [key, value]);
  return { [own === "" ? (node.kind === "list" ? "!!seq" : "!!map") : own]: items.map(dump) };
}

function nodes(text: string): unknown {
  const document = parseYamlDocuments(text, goYaml).next().value;
  return document === undefined ? null : dump(document.root);
}

function value(text: string): string {
  const root = parseGoYaml(text);
  return root === undefined ? "null" : goJson(goValue(root));
}

const ranges = {
  small: { min: -(2n ** 31n), max: 2n ** 31n - 1n },
  large: { min: 0n, max: 2n ** 32n - 1n },
} as const;

function entries(text: string, rules: GoRules, read: (entry: GoEntry) => unknown): unknown {
  const issues = new Issues();
  const none = { problem: "nothing", fix: "" };
  const found = readGoEntries(text, { parameter: "p", rules, fields: "a", empty: "skipped", none }, issues);
  const made = found?.map(read) ?? [];
  if (issues.sorted.some(({ problem }) => problem !== "nothing")) throw new Refused();
  return made;
}

function inner(entry: GoEntry | undefined): unknown {
  return { path: entry?.text("path") ?? "", alias: entry?.text("alias") ?? "" };
}

function newEntry(entry: GoEntry): unknown {
  return {
    text: entry.text("text"),
    small: entry.integer("small", ranges.small, "") ?? 0,
    large: entry.integer("large", ranges.large, "") ?? 0,
    flag: entry.boolean("flag"),
    words: entry.node("words") === undefined ? null : entry.texts("words"),
    in: entry.node("in") === undefined ? null : inner(entry.entry("in")),
    list: entry.node("list") === undefined ? null : entry.entries("list").map(inner),
  };
}

function oldEntry(entry: GoEntry): unknown {
  const list = entry.node("list") === undefined ? null : entry.entries("list").map(inner);
  return { text: entry.text("text"), in: inner(entry.entry("in")), list };
}

function json(text: string): string {
  const read = parseGoJson(text);
  if (!numbersFit(text)) throw new RangeError("out of range");
  return goJson(read);
}

function ini(text: string): unknown {
  return parseGoIni(text, () => undefined).map(({ name, keys }) => [name, ...[...keys].flat()]);
}

const nasty = [
  '- "a\n  b"\n',
  'k: "-----BEGIN X-----\n\n  MII\n\n  -----END X-----"\n',
  "k: [\n  a,\n  b\n]\nl: {\n  c: d\n}\n",
  'k: "x"#c\n',
  "k: |2-\n    a\n   b\n",
  "- |2-\n    a\n",
  "a: &x 1\nb: *x\nc: &x 2\nd: *x\n",
  "&k a: 1\nb: *k\n",
  "k: a\u2028b\u2029c\u0085d\n",
  "k: 'a\u2028  b'\n",
  "? [a]\n: b\n? {c: d}\n: e\n",
  "[a]: b\n",
  "k:\n- a\n -b\n",
  "a:\n  - b\n  -\tc\n",
  "%TAG !e! tag:example.com,2000:\n---\n!e!x a\n",
  "--- |\n a\n...\nb: [\n",
  "a: 0o17\nb: 0_1\nc: 1__0\nd: .1_1\ne: 0b-1\nf: +0x1\n",
  `k: ${"a".repeat(1030)}: b\n`,
  `${"a".repeat(1030)}: b\n`,
];

(program === undefined ? describe.skip : describe)("what Go's own libraries read", () => {
  test.each<readonly [string, (random: () => number) => string, (text: string) => unknown]>([
    ["yaml nodes", yamlText, nodes],
    ["yaml value", yamlText, value],
    ["yaml value", (random) => `k: ${plainScalar(random)}\n`, value],
    ["json", jsonText, json],
    ["ini", iniText, ini],
  ])("%s, and so do we", (mode, make, read) => {
    expect(differences(mode, texts(make, mode.startsWith("yaml") ? nasty : []), read).slice(0, 10)).toEqual([]);
  });

  test("entries of yaml.v3", () => {
    const read = (text: string) => entries(text, yamlV3, newEntry);
    expect(differences("yaml entries", texts(entriesText), read).slice(0, 10)).toEqual([]);
  });

  test("entries of sigs.k8s.io/yaml", () => {
    const read = (text: string) => entries(text, sigsYaml, oldEntry);
    expect(differences("sigs entries", texts(entriesText), read).slice(0, 10)).toEqual([]);
  });
});
