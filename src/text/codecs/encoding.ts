import type { Encoding } from "../../model/plan.ts";

/** Every encoding that `objectEncoding` may name. */
export const encodings = ["utf-8", "base64", "hex"] as const satisfies readonly Encoding[];

/** Bytes, or why there are none; the reason never shows what was read. */
export type Decoded =
  { readonly kind: "decoded"; readonly bytes: Uint8Array } | { readonly kind: "refused"; readonly problem: string };

/**
 * Takes the encoding off stored bytes. `utf-8` leaves them as they are. `base64` is the standard alphabet of RFC 4648
 * with padding, in any line lengths (base64url is refused: guessing could turn a plain text into other bytes). `hex`
 * is pairs of hexadecimal digits. Whitespace around and, for base64, line ends inside are passed over.
 */
export function decode(bytes: Uint8Array, encoding: Encoding): Decoded {
  if (encoding === "utf-8") return { kind: "decoded", bytes };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return encoding === "base64" ? decodeBase64(text) : decodeHex(text.replaceAll(edges, ""));
}

/** How a value is decoded besides `objectEncoding`, as External Secrets does it. */
export const decodings = ["base64", "base64url", "auto"] as const;

export type Decoding = (typeof decodings)[number];

/**
 * Takes base64 or base64url off bytes; `auto` decodes what is strictly one of the two and leaves the rest as it is.
 * Padding may be absent in base64url; line ends inside and whitespace around are skipped but for `auto`.
 */
export function decodeAs(bytes: Uint8Array, decoding: Decoding): Decoded {
  if (decoding === "base64") return decode(bytes, "base64");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  if (decoding === "base64url") return decodeBase64Url(text.replaceAll(edges, "").replaceAll(/[\r\n]/gu, ""));
  // Padded, as Go's decoders want it: without, most plain words would be base64url.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/_-]+={0,2}$/u.test(text)) return { kind: "decoded", bytes };
  const decoded = /[-_]/u.test(text) ? decodeBase64Url(text) : decodeBase64(text);
  return decoded.kind === "decoded" ? decoded : { kind: "decoded", bytes };
}

function decodeBase64Url(text: string): Decoded {
  if (!/^[A-Za-z0-9_-]*={0,2}$/u.test(text)) return refuse("it holds characters that are not base64url");
  const packed = text.replace(/=+$/u, "");
  if (packed !== text && text.length % 4 !== 0) return refuse("its padding is not that of base64url");
  const bytes = Buffer.from(packed, "base64url");
  if (bytes.toString("base64url") !== packed) return refuse("its length or last character is not that of base64url");
  return { kind: "decoded", bytes };
}

const edges = /^[ \t\r\n]+|[ \t\r\n]+$/gu;

function decodeBase64(text: string): Decoded {
  const packed = text.replaceAll(edges, "").replaceAll(/[\r\n]/gu, "");
  if (/[-_]/u.test(packed)) return refuse('it holds "-" or "_": base64url is not read as base64');
  if (!/^[A-Za-z0-9+/]*={0,2}$/u.test(packed)) return refuse("it holds characters that are not base64");
  if (packed.length % 4 !== 0) return refuse("its length is not that of base64 with padding");
  const bytes = Buffer.from(packed, "base64");
  if (bytes.toString("base64") !== packed) return refuse("its last characters hold bits that base64 leaves empty");
  return { kind: "decoded", bytes };
}

function decodeHex(text: string): Decoded {
  if (!/^[0-9A-Fa-f]*$/u.test(text)) return refuse("it holds characters that are not hexadecimal");
  if (text.length % 2 !== 0) return refuse("it has an odd number of hexadecimal digits");
  return { kind: "decoded", bytes: Buffer.from(text, "hex") };
}

function refuse(problem: string): Decoded {
  return { kind: "refused", problem };
}
