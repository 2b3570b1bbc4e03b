import { createHash } from "node:crypto";
import { readPem, writePem } from "../../../text/certificates/pem.ts";
import { decode } from "../../../text/codecs/encoding.ts";
import { jsonText } from "../../../text/tree-bytes.ts";
import { sorted } from "../formats/data.ts";
import { dotenvValue, propertiesEscaped, shellQuoted } from "../formats/quoting.ts";
import { textOrBytes } from "../value.ts";
import { TemplateError } from "./problem.ts";
import { TemplateBytes, toTree } from "./values.ts";

/** A filter over one text. */
type TextFilter = (text: string, ...args: readonly unknown[]) => unknown;

/** A filter over text or bytes. */
type BytesFilter = (bytes: Uint8Array) => unknown;

/** A filter over anything, also what is not there. */
type DataFilter = (value: unknown, ...args: readonly unknown[]) => unknown;

/** Filters that take bytes; text counts as UTF-8. */
export const bytesFilters: Readonly<Record<string, BytesFilter>> = {
  b64enc: (bytes) => Buffer.from(bytes).toString("base64"),
  b64url: (bytes) => Buffer.from(bytes).toString("base64url"),
  hex: (bytes) => Buffer.from(bytes).toString("hex"),
  sha256: (bytes) => createHash("sha256").update(bytes).digest("hex"),
};

/** Filters that take one text. */
export const textFilters: Readonly<Record<string, TextFilter>> = {
  b64dec: (text) => {
    const decoded = decode(Buffer.from(text, "utf8"), "base64");
    if (decoded.kind === "refused")
      throw new TemplateError(`b64dec: ${decoded.problem}`, "correct the value in the store");
    const value = textOrBytes(decoded.bytes);
    return typeof value === "string" ? value : new TemplateBytes(value);
  },
  dotenv_value: dotenvValue,
  shell_quote: shellQuoted,
  properties_value: (text) => propertiesEscaped(text, false),
  // JSON's escapes are TOML's, but for one character.
  toml_string: (text) => JSON.stringify(text.toWellFormed()).replaceAll("\u007f", "\\u007f"),
  url_encode: (text) =>
    encodeURIComponent(text.toWellFormed()).replaceAll(
      /[!'()*]/gu,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  indent: (text, count) => {
    const blanks =
      typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= 100 ? count : undefined;
    if (blanks === undefined)
      throw new TemplateError("indent takes a number from 0 to 100", "write for example indent: 4");
    return text.replaceAll("\n", `\n${" ".repeat(blanks)}`);
  },
  lines: (text) => {
    const lines = text.split(/\r?\n/u);
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  },
  filter_pem: (text, type) => {
    if (typeof type !== "string") {
      throw new TemplateError("filter_pem takes a type", 'write for example filter_pem: "CERTIFICATE"');
    }
    return readPem(text)
      .filter((block) => block.type === type)
      .map(({ bytes, headers }) => writePem(type, bytes, headers))
      .join("");
  },
  first_pem: (text) => {
    const [block] = readPem(text);
    if (block === undefined)
      throw new TemplateError("first_pem: there is no PEM block", "correct the value in the store");
    return writePem(block.type, block.bytes, block.headers);
  },
};

/** Filters that take any value. `yaml` is there once its library is loaded. */
export function dataFilters(
  yamlText: ((data: ReturnType<typeof toTree>) => string) | undefined,
): Readonly<Record<string, DataFilter>> {
  return {
    json: (value) => jsonText([sorted(toTree(value))]).slice(1, -1),
    yaml: (value) => yamlText?.(toTree(value)).replace(/\n$/u, ""),
    required: (value, message) => {
      if (value !== undefined && value !== null && value !== "") return value;
      const problem =
        typeof message === "string" && message !== "" ? message.slice(0, 200) : "a required value is missing or empty";
      throw new TemplateError(problem, "set the value in the store");
    },
  };
}
