/**
 * The bytes of a base64 text: standard alphabet of RFC 4648, padded, nothing before, between or after, no stray bits.
 * Undefined otherwise.
 */
export function parseBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}
