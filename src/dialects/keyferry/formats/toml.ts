import { NumberText } from "../../../model/number-text.ts";
import type { Tree } from "../../../model/outcome.ts";
import { shownName } from "../../../text/shown-name.ts";
import { jsonText } from "../../../text/tree-bytes.ts";
import { plainFormat } from "./contract.ts";
import { entriesOf, isList, isMap, outputError, sorted } from "./data.ts";

/** Whole numbers that every reader of TOML takes. */
const largest = { from: -(2n ** 63n), to: 2n ** 63n - 1n } as const;

/** The library writes dates by their own method: the one way to hand it a number with its text. */
class Verbatim extends Date {
  readonly #text: string;

  constructor(text: string) {
    super(0);
    this.#text = text;
  }

  override toISOString(): string {
    return this.#text;
  }
}

/** `toml`: version 1.0, keys in order; null is left out, bytes are base64. */
export const tomlFormat = plainFormat("toml", async (data) => {
  entriesOf(data, "toml");
  const { stringify } = await import("smol-toml");
  return stringify(prepared(sorted(data), ""));
});

function prepared(value: Tree, key: string): unknown {
  if (isList(value)) {
    if (value.includes(null))
      throw outputError(`output toml: the list ${shownName(key)} holds null, which TOML does not have`);
    return value.map((item) => prepared(item, key));
  }
  if (isMap(value)) {
    const map = Object.create(null) as Record<string, unknown>;
    for (const [name, item] of Object.entries(value)) if (item !== null) map[name] = prepared(item, name);
    return map;
  }
  if (ArrayBuffer.isView(value)) return Buffer.from(value).toString("base64");
  if (typeof value === "bigint" && (value < largest.from || value > largest.to)) {
    throw outputError(`output toml: ${shownName(key)} is a whole number of more than 64 bits`);
  }
  // Inside a list the text is that of JSON, whose numbers are TOML's, too.
  return value instanceof NumberText ? new Verbatim(jsonText([value]).slice(1, -1)) : value;
}
