import type { Encoding } from "../../model/plan.ts";
import { goBase64 } from "../../text/go/base64.ts";

/** The bytes that `objectEncoding` says the text stands for; undefined when it is not of that form. */
export function decodeVaultText(text: string, encoding: Encoding): Buffer | undefined {
  if (encoding === "utf-8") return Buffer.from(text, "utf8");
  if (encoding === "base64") return goBase64(text);
  return /^(?:[0-9A-Fa-f]{2})*$/u.test(text) ? Buffer.from(text, "hex") : undefined;
}
