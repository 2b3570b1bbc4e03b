import { MountError } from "../../model/error.ts";
import type { Tree } from "../../model/outcome.ts";
import { ciphertextDigest } from "../../documents/digest.ts";
import { textOrBytes } from "../../text/codecs/text-or-bytes.ts";
import { parseYamlTemplate } from "../../text/yaml/template.ts";
import { findScalarTokens, findTokens, looksUnquoted, type Token } from "./token.ts";

/** How a text with tokens is read: as YAML or JSON, whose values stay values, or as bytes with holes. */
export const formats = ["yaml", "text"] as const;

export type Format = (typeof formats)[number];

/** A token with its line in the document, from 1. */
export interface PlacedToken extends Token {
  readonly line: number;
}

export interface RenderedDocument {
  readonly bytes: Uint8Array;
  readonly tree?: () => Tree;
}

/** A text with tokens, read; nothing is opened. */
export interface S5Document {
  readonly tokens: readonly PlacedToken[];
  /** Of the text. */
  readonly digest: string;
  /** The text with the plaintexts in place of the tokens; what they hold is not looked at again. */
  render(plaintexts: ReadonlyMap<PlacedToken, Uint8Array>): RenderedDocument;
}

/** Most tokens of one document. */
const mostTokens = 500;

/** Reads a document. Throws MountError `document_invalid`. */
export function parseS5(text: string, format: Format): S5Document {
  const [first, ...more] = findScalarTokens(text.trim());
  const single = more.length === 0 && first?.start === 0 && first.end === text.trim().length;
  const read = single ? parseSingle(first) : format === "text" ? parseText(text) : parseYaml(text);
  if (read.tokens.length <= mostTokens) return { ...read, digest: ciphertextDigest(text) };
  throw new MountError("document_invalid", `it has more than ${mostTokens} tokens`);
}

/** A document that is one token and nothing else is its plaintext. */
function parseSingle(found: Token): Omit<S5Document, "digest"> {
  const token = { ...found, line: 1 };
  return { tokens: [token], render: (plaintexts) => ({ bytes: plaintexts.get(token) ?? Buffer.alloc(0) }) };
}

function parseText(text: string): Omit<S5Document, "digest"> {
  let [line, from] = [1, 0];
  const tokens = findTokens(text).map((token) => {
    line += text.slice(from, token.start).split("\n").length - 1;
    from = token.start;
    return { ...token, line };
  });
  return { tokens, render: (plaintexts) => ({ bytes: joined(text, tokens, plaintexts) }) };
}

function parseYaml(text: string): Omit<S5Document, "digest"> {
  const template = parseYamlTemplate(text);
  const found = template.scalars.map((scalar) => {
    if (looksUnquoted(scalar.text)) {
      const problem = `the token at line ${scalar.line} has no quotes, so that YAML takes its braces for a map`;
      throw new MountError("document_invalid", problem);
    }
    return { scalar, tokens: findScalarTokens(scalar.text).map((token) => ({ ...token, line: scalar.line })) };
  });
  const filled = found.filter(({ tokens }) => tokens.length > 0);
  return {
    tokens: filled.flatMap(({ tokens }) => tokens),
    render: (plaintexts) =>
      template.render(
        new Map(
          filled.map(({ scalar, tokens }) => [scalar, textOrBytes(joined(scalar.text, tokens, plaintexts))] as const),
        ),
      ),
  };
}

/** All bytes outside the tokens stay as they are. */
function joined(
  text: string,
  tokens: readonly PlacedToken[],
  plaintexts: ReadonlyMap<PlacedToken, Uint8Array>,
): Uint8Array {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const token of tokens) {
    pieces.push(Buffer.from(text.slice(at, token.start)), plaintexts.get(token) ?? Buffer.alloc(0));
    at = token.end;
  }
  return Buffer.concat([...pieces, Buffer.from(text.slice(at))]);
}
