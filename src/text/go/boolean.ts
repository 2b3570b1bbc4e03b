const truths: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((text) => [text, false] as const),
]);

/** Every text that Go's `strconv.ParseBool` takes. */
export const goBooleans: readonly string[] = [...truths.keys()];

/** A truth value as Go's `strconv.ParseBool` reads it; undefined for any other text, the empty one included. */
export function parseGoBoolean(text: string): boolean | undefined {
  return truths.get(text);
}
