/** Longest name that is compared; a longer one is no slip of the pen. */
const longestName = 64;

/**
 * The known name that somebody most likely meant: equal but for case, dashes and underscores, or few edits away (one
 * for short names, a third of the length for long ones). The first of equally near ones; undefined if none is near.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > longestName) return undefined;
  const wanted = plain(name);
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const form = plain(candidate);
    const distance = form === wanted ? 0 : editDistance(wanted, form);
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, form.length) / 3));
    if (distance <= allowed && distance < form.length && (best === undefined || distance < best.distance)) {
      best = { name: candidate, distance };
    }
  }
  return best?.name;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/gu, "");
}

/** Levenshtein distance: insertions, deletions and replacements. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above.at(-1) ?? 0;
}
