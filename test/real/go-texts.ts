/** Texts for readers that must agree with Go's: made from a seed, so that a difference can be met again. */

/** A small generator of pseudo-random numbers (mulberry32): the same seed, the same numbers from 0 up to 1. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** What texts are put together from: syntax, and values that readers disagree on. */
const pieces: readonly string[] = [
  ...["\n", "\n", "\n  ", "\n    ", "\n ", " ", "  ", "\t", "\r\n", "- ", "- ", "? ", ": ", ":", ": ", ",", ", "],
  ...["[", "]", "{", "}", "#", " # c\n", "&a ", "*a", "&b ", "*b", "!", "!!str ", "!!int ", "!!float ", "!!binary "],
  ...[
    "|",
    "|\n",
    "|-\n",
    "|+\n",
    "|2-\n",
    "|1\n",
    ">",
    ">\n",
    ">-\n",
    "'",
    '"',
    "''",
    '""',
    "%",
    "@",
    "`",
    "\\",
    "\\n",
  ],
  ...["---", "\n---\n", "...", "\n...\n", "<<", "<<: ", "a", "b", "a: b", "a: ", "k: v\n", "- x\n", "~", "null", "yes"],
  ...["true", "0x1F", "0o17", "017", "1_000", "-1", "+1", "1.5", ".5", "1e3", "-.inf", ".nan", "2001-01-01", "12:30"],
  ...[
    "é",
    "\u00a0",
    "\u0085",
    "\u2028",
    "😀",
    "\ufeff",
    "a b",
    "a#b",
    "a:b",
    "-a",
    "?a",
    ":a",
    "aGk=",
    "x y z",
    "\\x41",
  ],
  ...[
    "\\u00e9",
    "\\",
    "\\\n",
    "text: ",
    "small: ",
    "flag: ",
    "words: ",
    "in: ",
    "list: ",
    "path: ",
    "TEXT: ",
    "alias: ",
  ],
];

/** Whole texts, cut and mixed with the pieces. */
const wholes: readonly string[] = [
  "- text: a\n  small: 0644\n- { text: b, flag: true }\n",
  "a: &x { k: v }\nb:\n  <<: *x\n  l: w\nc: [*x, *x]\n",
  "- |\n  one\n  two\n- >\n  three\n\n  four\n- 'it''s'\n- \"\\u00e9 \\\n  b\"\n",
  "array:\n  - |\n    objectName: a\n    objectType: secret\n  - |\n    objectName: b\n",
  "? complex\n: value\n? [a, b]\n: { c: d }\n",
  '[{"text": "a", "small": 1}, {"text": "b", "in": {"path": "p"}}]',
  "# c\n%YAML 1.1\n---\na: b\n...\n---\nc: d\n",
  "a:\n- b\n- c:\n  - d\n e: f\n",
  "- \"a\n  b\"\n- 'c\n\n  d'\n- plain\n  text\n",
  "k: [\n  a,\n  b\n]\nl: {\n}\n",
];

/** A text of a few pieces, or a whole one with a few changes. */
export function yamlText(random: () => number): string {
  const pick = <T>(list: readonly T[], fallback: T): T => list[Math.floor(random() * list.length)] ?? fallback;
  if (random() < 0.5) return Array.from({ length: 1 + Math.floor(random() * 14) }, () => pick(pieces, "a")).join("");
  let text = pick(wholes, "a");
  for (let changes = Math.floor(random() * 4); changes >= 0; changes -= 1) {
    const at = Math.floor(random() * (text.length + 1));
    const removed = random() < 0.5 ? 0 : Math.floor(random() * 4);
    text = text.slice(0, at) + (random() < 0.7 ? pick(pieces, "a") : "") + text.slice(at + removed);
  }
  return text.toWellFormed();
}

/** A scalar that stands for itself, for what a value without quotes is. */
export function plainScalar(random: () => number): string {
  const alphabet = "0123456789+-._:eExXoObBnNaAfFiITtZ~ ylsr,";
  const length = 1 + Math.floor(random() * 8);
  const made = Array.from({ length }, () => alphabet.charAt(Math.floor(random() * alphabet.length))).join("");
  if (random() < 0.2) return `200${Math.floor(random() * 10)}-${made}`;
  return random() < 0.3 ? String((random() - 0.5) * 10 ** Math.floor(random() * 40 - 20)) : made;
}

const fields = ["text", "small", "large", "flag", "words", "in", "list", "TEXT", "Text", "path", "other", "<<"];

const odd = [
  "~",
  "",
  "!!str 5",
  "!!binary aGk=",
  '!!int "7"',
  "*a",
  "yes",
  '"yes"',
  "&a x",
  "&a { text: z }",
  "|\n    block\n",
];

/** A list of entries whose fields have all kinds of values; now and then any YAML. */
export function entriesText(random: () => number): string {
  if (random() < 0.2) return yamlText(random);
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? "";
  const value = (): string => {
    const scalar = () => plainScalar(random);
    const forms = [
      scalar,
      scalar,
      scalar,
      () => `"${scalar()}"`,
      () => `[${scalar()}, ~, x]`,
      () => `{ path: ${scalar()}, Alias: ${scalar()} }`,
      () => `[{ path: ${scalar()} }, ~, {}]`,
      () => pick(odd),
    ];
    return (forms[Math.floor(random() * forms.length)] ?? scalar)();
  };
  const line = () => (random() < 0.1 ? `? ${value()}\n  : ${value()}` : `${pick(fields)}: ${value()}`);
  const lines = (count: number) => Array.from({ length: count }, line).join("\n  ");
  const entry = () => `- ${lines(1 + Math.floor(random() * 4))}\n`;
  return Array.from({ length: 1 + Math.floor(random() * 3) }, entry).join("");
}

const jsonPieces: readonly string[] = [
  ...[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "\n",
    "\t",
    '"a"',
    '"b":',
    '"a":',
    "1",
    "-1",
    "1.5",
    "1e3",
    "-0",
    "01",
    "1e999",
  ],
  ...[
    "true",
    "false",
    "null",
    "nul",
    '"\\u00e9"',
    '"\\ud83d\\ude00"',
    '"\\ud83d"',
    '"\\/"',
    '"\\x"',
    '"\u2028<>&"',
    "'a'",
  ],
  ...[
    "12345678901234567890",
    "1.10",
    "\ufeff",
    '"',
    "\\",
    '"é😀"',
    "//",
    "NaN",
    '"__proto__":',
    ".5",
    "5.",
    "+1",
    "\u00a0",
  ],
];

/** A text of JSON's pieces, or a good one with a few changes. */
export function jsonText(random: () => number): string {
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? "";
  if (random() < 0.4) return Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(jsonPieces)).join("");
  let text = pick([
    '{"a":[1,2.50,{"b":null}],"c":"d"}',
    '[true,"x",{"k":1e3}]',
    '{"a":1,"a":2}',
    ' "text" ',
    "-12.5e-3",
  ]);
  for (let changes = Math.floor(random() * 3); changes > 0; changes -= 1) {
    const at = Math.floor(random() * (text.length + 1));
    text = text.slice(0, at) + pick(jsonPieces) + text.slice(at + Math.floor(random() * 3));
  }
  return text.toWellFormed();
}

const iniPieces: readonly string[] = [
  ...[
    "\n",
    "\n",
    "\n",
    "\r\n",
    " ",
    "\t",
    "[a]",
    "[b]\n",
    "[DEFAULT]\n",
    "[]",
    "[",
    "]",
    "=",
    " = ",
    ":",
    "a",
    "b",
    "k = v\n",
  ],
  ...[
    "k=x # c\n",
    "k=x;y\n",
    "; c\n",
    "# c\n",
    '"',
    '"""',
    "`",
    "'",
    "\\",
    "\\\n",
    "'q'",
    '"x" and "y"',
    '"z"',
    "-",
    "- = 1\n",
  ],
  ...["é", "\u00a0", "\u0085", "\ufeff", '"""m\nn"""', "`m\nn`", "a b", "sec.child", "#", ";"],
];

/** An INI text of its pieces. */
export function iniText(random: () => number): string {
  const pick = (): string => iniPieces[Math.floor(random() * iniPieces.length)] ?? "";
  return Array.from({ length: 1 + Math.floor(random() * 16) }, pick).join("");
}
