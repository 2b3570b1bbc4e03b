/**
 * Whether a namespace is named by one of the patterns: an exact name, or one with `*` standing for any run of
 * characters (`team-*`).
 */
export function isGranted(patterns: readonly string[], namespace: string): boolean {
  return patterns.some((pattern) => matches(pattern, namespace));
}

/** Linear in practice: each piece between stars is looked for once, from where the last one ended. */
function matches(pattern: string, text: string): boolean {
  const pieces = pattern.split("*");
  const [first = "", ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const piece of rest) {
    const at = text.indexOf(piece, from);
    if (at === -1 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}

/** Why a text is no namespace pattern; undefined when it is one. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern === "") return "it is empty";
  if (pattern.length > 63) return "it is longer than 63 characters";
  return /^[a-z0-9*-]+$/u.test(pattern) ? undefined : "only lower-case letters, digits, - and * can be in it";
}
