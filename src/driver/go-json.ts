/**
 * JSON as Go's encoding/json writes it: no spaces, map keys in the order of their UTF-8 bytes, and `<`, `>`, `&`,
 * U+2028 and U+2029 escaped. Half a surrogate pair becomes U+FFFD.
 */
export function goJson(value: string | ReadonlyMap<string, string>): string {
  if (typeof value === "string") return goText(value);
  const fields = sortedByBytes([...value]).map(([name, text]) => `${goText(name)}:${goText(text)}`);
  return `{${fields.join(",")}}`;
}

/** Entries in the order of their names' UTF-8 bytes, which is not that of UTF-16. */
export function sortedByBytes<T>(entries: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return entries.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function goText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (symbol) => `\\u${symbol.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
