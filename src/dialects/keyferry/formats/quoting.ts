/** A value in a POSIX shell's single quotes; nothing in it means anything to the shell. */
export function shellQuoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** Values that every reader takes as they are, without quotes: docker reads no quotes. */
const bare = /^[A-Za-z0-9_./:@%+,=-]*$/u;

/**
 * A value as `.env` files have it. Bare where that is safe: then docker, `sh` and libraries agree. Else in single quotes,
 * for a value with a single quote and nothing special in double quotes: then `sh` and libraries agree. Values with both
 * are quoted for `sh`.
 */
export function dotenvValue(value: string): string {
  if (bare.test(value)) return value;
  return value.includes("'") && !/["$`\\!]/u.test(value) ? `"${value}"` : shellQuoted(value);
}

/** A value of Java properties; `isKey` escapes what would end a key. */
export function propertiesEscaped(text: string, isKey: boolean): string {
  const special = isKey ? /[\\ \t:=#!]|[^\u0020-\u007e]/g : /\\|^ |[^\u0020-\u007e]/g;
  return text.replaceAll(special, (character) => shortEscapes.get(character) ?? escaped(character));
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\f", "\\f"],
]);

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code >= 0x20 && code <= 0x7e ? `\\${character}` : `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
