/** Longest time that is asked for and still heeded, in milliseconds. */
const longest = 300_000;

/**
 * What a `Retry-After` header asks for, in milliseconds from `now` (since 1970), at most five minutes; undefined where
 * there is none that can be read. Both forms of RFC 9110, section 10.2.3.
 */
export function parseRetryAfter(text: string | undefined, now: number): number | undefined {
  const trimmed = text?.trim() ?? "";
  if (/^\d{1,9}$/u.test(trimmed)) return Math.min(Number(trimmed) * 1000, longest);
  if (!/^[A-Z][a-z]{2,8}, .*GMT$/u.test(trimmed)) return undefined;
  const at = Date.parse(trimmed);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - now, 0), longest);
}
