/** An s5 token in a text. */
export interface Token {
  /** Where it starts and ends. */
  readonly start: number;
  readonly end: number;
  readonly payload: string;
}

/**
 * Two braces, at most one blank, `s5:`, the payload at once, at most one blank, two braces, as the s5 tool finds them;
 * besides, Vault's own form with its version, which Vault gives after a key was rotated.
 */
const pattern = /\{\{[\t\n\f\r ]?s5:((?:vault:v[0-9]+:)?[A-Za-z0-9+\\/=]*)[\t\n\f\r ]?\}\}/gu;

/** A spelling for texts that pass a template engine, which would take braces for its own: the whole text is the token. */
const whole = /^s5:\/\/((?:vault:v[0-9]+:)?[A-Za-z0-9+/=]+)$/u;

/** Every token of a text, in order. What only looks like one is text. */
export function findTokens(text: string): readonly Token[] {
  return [...text.matchAll(pattern)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    payload: match[1] ?? "",
  }));
}

/** As `findTokens`, for a text that stands alone; it may then also be `s5://` and the payload. */
export function findScalarTokens(text: string): readonly Token[] {
  const payload = whole.exec(text)?.[1];
  return payload === undefined ? findTokens(text) : [{ start: 0, end: text.length, payload }];
}

/** Whether a YAML value is what becomes of a token without quotes: braces are maps there. */
export function looksUnquoted(text: string): boolean {
  return /^s5:(?!\/\/)[A-Za-z0-9+\\/=:]*$/u.test(text);
}
