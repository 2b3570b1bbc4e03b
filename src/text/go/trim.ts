/** Trims what Go's `strings.TrimSpace` trims: Unicode's White_Space, so U+0085 but not U+FEFF. */
export function goTrim(text: string): string {
  return text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
}

/** As `goTrim`, at the start alone. */
export function goTrimStart(text: string): string {
  return text.replace(/^\p{White_Space}+/u, "");
}
