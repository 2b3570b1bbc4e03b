import { claimKey, createBudget, invalid } from "../budget.ts";
import { unflatten } from "../flattened.ts";
import type { Entry, MapNode, ParsedText } from "../node.ts";
import { valueBytes } from "../value-bytes.ts";

const prefix = "sops_";

/**
 * `KEY=value` lines without quoting: everything left of the first `=` is the key, spaces included; backslash and `n`
 * stand for a newline. Lines that end in CR LF are refused, as the writer itself refuses them.
 */
export function parseDotenv(text: string): ParsedText {
  const budget = createBudget();
  const seen = new Set<string>();
  const entries: Entry[] = [];
  const metadata: (readonly [string, string])[] = [];
  text.split("\n").forEach((line, at) => {
    if (line.endsWith("\r")) throw invalid("its lines end in CR LF; save it with LF");
    if (line === "" || line.startsWith("#")) return;
    budget.spend(1);
    const equals = line.indexOf("=");
    if (equals === -1) throw invalid(`line ${at + 1} has no "="`);
    const [key, value] = [line.slice(0, equals), line.slice(equals + 1)];
    claimKey(seen, key);
    if (key.startsWith(prefix)) metadata.push([key.slice(prefix.length), value]);
    else entries.push({ key, value: { kind: "text", text: value.replaceAll("\\n", "\n") } });
  });
  return {
    documents: [{ kind: "map", entries }],
    metadata: metadata.length === 0 ? undefined : unflatten(metadata),
  };
}

/** The lines again, without comments. */
export function emitDotenv(documents: readonly MapNode[]): Uint8Array {
  const lines = documents
    .flatMap(({ entries }) => entries)
    .map(({ key, value }) => {
      if (value.kind === "map" || value.kind === "list") throw invalid("a value in it is not a single one");
      const bytes = Buffer.from(valueBytes(value) ?? Buffer.alloc(0))
        .toString("latin1")
        .replaceAll("\n", "\\n");
      return Buffer.concat([Buffer.from(`${key}=`, "utf8"), Buffer.from(bytes, "latin1"), Buffer.from("\n")]);
    });
  return Buffer.concat(lines);
}
