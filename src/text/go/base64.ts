const form = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u;

/**
 * Bytes of a base64 text as Go's `base64.StdEncoding` decodes it: standard alphabet, padding required, line breaks
 * ignored, stray bits at the end ignored. Undefined for anything else.
 */
export function goBase64(text: string): Buffer | undefined {
  const joined = text.replace(/[\r\n]/gu, "");
  return form.test(joined) ? Buffer.from(joined, "base64") : undefined;
}
