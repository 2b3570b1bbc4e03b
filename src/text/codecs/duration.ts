const milliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Largest duration that is read: 365 days. */
const longest = 365 * 24 * milliseconds.h;

/**
 * A duration such as `90s`, `2m`, `1h30m`, `500ms` or `0`, in milliseconds: whole numbers, larger units first, each
 * unit once. Undefined when it is not of that form, or longer than a year.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const parts = /^(?:(\d{1,9})h)?(?:(\d{1,9})m(?!s))?(?:(\d{1,9})s)?(?:(\d{1,12})ms)?$/u.exec(text);
  if (parts === null || text === "") return undefined;
  const [, h = "0", m = "0", s = "0", ms = "0"] = parts;
  const total = Number(h) * milliseconds.h + Number(m) * milliseconds.m + Number(s) * milliseconds.s + Number(ms);
  return total <= longest ? total : undefined;
}
