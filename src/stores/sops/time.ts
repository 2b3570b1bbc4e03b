/** A point in time as Go's RFC 3339 reads and writes it. */
const form = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;

const zero = new Set(["Z", "+00:00", "-00:00"]);

/** The same time with its own offset, zero as `Z`, the fraction to nine digits without trailing zeros; undefined if none. */
export function canonicalTime(text: string): string | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "", minute = "", second = "", fraction = "", offset = ""] = match;
  const known = isTime(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
  if (!known || !isOffset(offset)) return undefined;
  const digits = fraction.slice(0, 9).replace(/0+$/, "");
  const point = digits === "" ? "" : `.${digits}`;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${point}${zero.has(offset) ? "Z" : offset}`;
}

/** The same time cut to whole seconds; undefined if it is none. */
export function wholeSeconds(text: string): string | undefined {
  return canonicalTime(text)?.replace(/\.\d+/, "");
}

/** Whether such a day and hour exist; leap seconds do not, as in Go. */
export function isTime(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): boolean {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day <= (days[month - 1] ?? 0);
}

function isOffset(text: string): boolean {
  return text === "Z" || (Number(text.slice(1, 3)) <= 24 && Number(text.slice(4, 6)) < 60);
}
