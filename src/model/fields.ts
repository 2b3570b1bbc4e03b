/**
 * Reads the fields of one entry that a person wrote, such as one object or one store. Each method records an issue
 * where the field is not of its form and then gives undefined (or the stated stand-in), so that one pass finds every
 * mistake. A field that no method was asked for is unknown, and reported as such with the nearest name asked for.
 */
export interface Fields {
  /** Whether the field is there and not null. */
  has(name: string): boolean;
  /** A scalar as the text it was written as: `0400` stays `0400`, `yes` stays `yes`. */
  text(name: string): string | undefined;
  /** As `text`; absent or empty is an issue with this fix, and gives `""`. */
  requiredText(name: string, fix: string): string;
  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined;
  boolean(name: string): boolean | undefined;
  integer(name: string, range: { readonly min: number; readonly max: number }): number | undefined;
  /** `90s`, `2m`, `1h30m`, `500ms`; in milliseconds. */
  duration(name: string): number | undefined;
  /** A list of texts; a single text is a list of one. */
  texts(name: string): readonly string[] | undefined;
  /** A map from text to text. */
  map(name: string): ReadonlyMap<string, string> | undefined;
  /** Records an issue at this field. */
  refuse(name: string, problem: string, fix: string): void;
}
