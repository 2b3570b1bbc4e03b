import { MountError } from "../../model/error.ts";

/** A vault as it is written: what it says of itself, and its three parts. */
export interface Envelope {
  /** The vault id that the header names, which is not authenticated; `default` where it names none. */
  readonly id: string;
  /** Undefined where the body is damaged: such a vault fails as one that was changed. */
  readonly parts: { readonly salt: Buffer; readonly hmac: Buffer; readonly ciphertext: Buffer } | undefined;
}

const start = "$ANSIBLE_VAULT";

/** Whether a text is meant to be a vault. */
export function isVault(text: string): boolean {
  return text.trimStart().startsWith(start);
}

/**
 * Parses a vault of format 1.1 or 1.2 with cipher AES256; indentation, CRLF and empty lines do not count. Throws
 * MountError `document_invalid` for another format, and for a body that is not there or not hexadecimal.
 */
export function parseEnvelope(text: string): Envelope {
  const [header = "", ...lines] = text
    .trim()
    .split("\n")
    .map((line) => line.trim());
  const [mark, version = "", cipher = "", id] = header.split(";").map((field) => field.trim());
  if (mark !== start) throw invalid(`it does not start with ${start}`);
  if (version !== "1.1" && version !== "1.2")
    throw invalid("its vault format is not supported; encrypt it as 1.1 or 1.2");
  if (cipher !== "AES256") throw invalid("its cipher is not supported; encrypt it with AES256");
  const body = lines.join("");
  if (body === "") throw invalid("it has a header and no body");
  if (!/^[0-9A-Fa-f]*$/u.test(body)) throw invalid("its body holds characters that are not hexadecimal");
  return { id: id === undefined || id === "" ? "default" : id, parts: partsOf(body) };
}

/** Hexadecimal digits of three lines of hexadecimal digits. */
function partsOf(body: string): Envelope["parts"] {
  const inner = parseHex(body)?.toString("latin1").split("\n");
  const [salt, hmac, ciphertext] = (inner ?? []).map(parseHex);
  if (inner?.length !== 3 || salt === undefined || hmac?.length !== 32 || ciphertext === undefined) return undefined;
  return { salt, hmac, ciphertext };
}

function parseHex(text: string): Buffer | undefined {
  return text.length % 2 === 0 && /^[0-9A-Fa-f]*$/u.test(text) ? Buffer.from(text, "hex") : undefined;
}

function invalid(problem: string): MountError {
  return new MountError("document_invalid", problem);
}
