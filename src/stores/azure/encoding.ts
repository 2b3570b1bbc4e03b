import type { Encoding } from "../../model/plan.ts";

/**
 * The bytes of a base64 text as Go's standard decoder takes it: padding required, line ends passed over anywhere, stray
 * bits in the last character ignored. Undefined otherwise.
 */
export function parseVaultBase64(text: string): Buffer | undefined {
  const packed = text.replaceAll(/[\r\n]/gu, "");
  const whole = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u.test(packed);
  return whole ? Buffer.from(packed, "base64") : undefined;
}

/** The bytes that `objectEncoding` says the text stands for; undefined when it is not of that form. */
export function decodeVaultText(text: string, encoding: Encoding): Buffer | undefined {
  if (encoding === "utf-8") return Buffer.from(text, "utf8");
  if (encoding === "base64") return parseVaultBase64(text);
  return /^(?:[0-9A-Fa-f]{2})*$/u.test(text) ? Buffer.from(text, "hex") : undefined;
}
