import { MountError } from "../../model/error.ts";
import { goBase64 } from "../../text/go/base64.ts";
import { goJson, type GoJson } from "../../text/go/json.ts";
import { wholeAnswer, type VaultAnswer } from "./answer.ts";

/**
 * The bytes of one key of an answer, or of the whole answer for the empty key, as the official provider writes them.
 * The key is looked for in `data.data` where that is an object, whatever the mount. Throws MountError
 * `select_no_match`. `path` is shown.
 */
export function pickBytes(answer: VaultAnswer, key: string, path: string): Uint8Array {
  return Buffer.from(key === "" ? wholeAnswer(answer) : valueText(pickValue(answer, key, path)), "utf8");
}

/** The value under a key, by the same rule. */
export function pickValue({ data }: VaultAnswer, key: string, path: string): GoJson {
  const inner = data.get("data");
  const source = inner instanceof Map ? (inner as ReadonlyMap<string, GoJson>) : data;
  const value = source.get(key);
  if (value !== undefined) return value;
  throw new MountError(
    "select_no_match",
    `${path} has no key ${JSON.stringify(key)}; correct the key, or add it there`,
  );
}

/** A text as it is, anything else as JSON. */
export function valueText(value: GoJson): string {
  return typeof value === "string" ? value : goJson(value);
}

/** Decodes as the official provider does; the encoding's case does not matter. Throws MountError `decode_failed`. */
export function decodeBytes(bytes: Uint8Array, encoding: string): Uint8Array {
  const name = encoding.toLowerCase();
  if (name === "" || name === "utf-8") return bytes;
  const text = Buffer.from(bytes).toString("utf8");
  const decoded =
    name === "base64" ? goBase64(text) : /^(?:[0-9a-fA-F]{2})*$/u.test(text) ? Buffer.from(text, "hex") : undefined;
  if (decoded !== undefined) return decoded;
  throw new MountError("decode_failed", `the value is not ${name}; correct encoding, or the value in the store`);
}

/** Whether an encoding is one that `decodeBytes` knows. */
export function isEncoding(text: string): boolean {
  return ["", "utf-8", "base64", "hex"].includes(text.toLowerCase());
}
