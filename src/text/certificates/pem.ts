/** One block of a PEM text. */
export interface PemBlock {
  readonly type: string;
  /** Lines between the first one and the base64, such as `Proc-Type`, in the order in which they are written. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly bytes: Buffer;
}

/** Characters of base64 on a line. */
const width = 64;

/** Writes a block: 64 columns, line feeds, one at the end. */
export function writePem(type: string, bytes: Uint8Array, headers: PemBlock["headers"] = []): string {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  const lines = base64.replaceAll(new RegExp(`.{1,${width}}`, "gu"), "$&\n");
  const before = headers.map(([name, value]) => `${name}: ${value}\n`).join("");
  return `-----BEGIN ${type}-----\n${before}${before === "" ? "" : "\n"}${lines}-----END ${type}-----\n`;
}

/** The blocks of a text in order; what stands around them, and blocks that are broken, is left out. */
export function readPem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  const begin = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n/gu;
  for (let start = begin.exec(text); start !== null; start = begin.exec(text)) {
    const [, type = ""] = start;
    const from = begin.lastIndex;
    const end = findEnd(text, from, type);
    const block = end === undefined ? undefined : parseBlock(type, text.slice(from, end.body));
    if (block !== undefined) blocks.push(block);
    // After a broken block the search goes on behind its first line.
    begin.lastIndex = block === undefined || end === undefined ? from - 1 : end.after;
  }
  return blocks;
}

/** Where the next last line starts, if it is one of this type, and where the text goes on. */
function findEnd(text: string, from: number, type: string): { body: number; after: number } | undefined {
  const line = text.startsWith("-----END ", from) ? from : text.indexOf("\n-----END ", from) + 1;
  if (line === 0) return undefined;
  const ending = `-----END ${type}-----`;
  if (!text.startsWith(ending, line)) return undefined;
  const rest = text.indexOf("\n", line);
  const after = rest === -1 ? text.length : rest;
  return text.slice(line + ending.length, after).trim() === "" ? { body: line, after } : undefined;
}

function parseBlock(type: string, body: string): PemBlock | undefined {
  const headers: [string, string][] = [];
  let rest = body;
  for (let colon = headerEnd(rest); colon !== -1; colon = headerEnd(rest)) {
    const line = rest.split("\n", 1)[0] ?? "";
    headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
    rest = rest.slice(line.length + 1);
  }
  const base64 = rest.replaceAll(/[ \t\r\n]/gu, "");
  const bytes = Buffer.from(base64, "base64");
  if (bytes.toString("base64") !== base64) return undefined;
  return { type, headers: headers.sort(byName), bytes };
}

/** Where the colon of a header line is; -1 when the next line is none. */
function headerEnd(text: string): number {
  return (text.split("\n", 1)[0] ?? "").indexOf(":");
}

/** `Proc-Type` goes first, the others by name (encoding/pem of Go). */
function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  const rank = (name: string) => (name === "Proc-Type" ? "" : name);
  return rank(a) < rank(b) ? -1 : 1;
}
