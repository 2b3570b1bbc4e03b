/**
 * Whether a namespace is among patterns: exact names, or `*` for any run of characters as in `team-*`. The empty
 * namespace is never granted.
 */
export function isGranted(patterns: readonly string[], namespace: string): boolean {
  return namespace !== "" && patterns.some((pattern) => matches(pattern, namespace));
}

/** Why a text is no namespace pattern; undefined when it is one. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern === "") return "it is empty";
  if (pattern.length > 63) return "it is longer than 63 characters";
  return /^[a-z0-9*-]+$/u.test(pattern) ? undefined : "only lower-case letters, digits, - and * can be in it";
}

/** Left to right without backtracking: each piece between stars at its first place after the one before. */
function matches(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return first === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
