/** `line 7`, `lines 7, 9 and 12`; each number once, at most ten of them. */
export function shownLines(lines: readonly number[]): string {
  const unique = [...new Set(lines)];
  const shown = unique.slice(0, 10).map(String);
  const rest = unique.length - shown.length;
  if (rest > 0) return `lines ${shown.join(", ")} and ${rest} more`;
  const last = shown.pop() ?? "";
  return shown.length === 0 ? `line ${last}` : `lines ${shown.join(", ")} and ${last}`;
}
