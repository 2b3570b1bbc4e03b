/** What a plain scalar is to yaml.v3: its short tag, and its value where that is a number or a time. */
export interface Resolved {
  readonly tag: "!!str" | "!!int" | "!!float" | "!!bool" | "!!null" | "!!timestamp";
  /** Of an integer a bigint, of a float a number, of a time its RFC 3339 text with nanoseconds. */
  readonly value?: bigint | number | string;
}

const words = new Map<string, Resolved>([
  ...["true", "True", "TRUE", "false", "False", "FALSE"].map((word) => [word, { tag: "!!bool" }] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, { tag: "!!null" }] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, { tag: "!!float", value: Number.NaN }] as const),
  ...[".inf", ".Inf", ".INF"].flatMap((word) => [
    [word, { tag: "!!float", value: Infinity }] as const,
    [`+${word}`, { tag: "!!float", value: Infinity }] as const,
    [`-${word}`, { tag: "!!float", value: -Infinity }] as const,
  ]),
]);

const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/u;

/** What Go's `strconv.ParseFloat` takes of texts that start with a dot: underscores between digits, too. */
const dotted = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/u;

/** Longest text that is looked at as a number, in characters; Go knows no limit, but nobody writes such a number. */
const longest = 400;

/** Resolves a scalar that was written without quotes and without a tag, by the rules of yaml.v3 3.0.1. */
export function resolvePlain(text: string): Resolved {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (text.length > longest || !/^[-+.0-9]/u.test(text)) return { tag: "!!str" };
  if (text.startsWith(".")) return finite(dotted, text);
  const time = parseGoTime(text);
  if (time !== undefined) return { tag: "!!timestamp", value: time };
  const bare = text.replaceAll("_", "");
  const integer = parseInteger(bare);
  if (integer !== undefined) return { tag: "!!int", value: integer };
  const number = finite(float, bare);
  if (number.tag !== "!!str") return number;
  const odd = parseOddInteger(bare);
  return odd === undefined ? { tag: "!!str" } : { tag: "!!int", value: odd };
}

function finite(form: RegExp, text: string): Resolved {
  const value = form.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN;
  return Number.isFinite(value) ? { tag: "!!float", value } : { tag: "!!str" };
}

/** Go's `ParseInt` and then `ParseUint`, base 0: decimal, `0x`, `0b`, `0o`, or octal after a zero; only the first takes a sign. */
function parseInteger(text: string): bigint | undefined {
  const [, sign = "", body = ""] = /^([-+]?)(.*)$/su.exec(text) ?? [];
  const magnitude = /^0[0-7]+$/u.test(body)
    ? BigInt(`0o${body.slice(1)}`)
    : /^(?:0|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/u.test(body)
      ? BigInt(body)
      : undefined;
  return inRange(sign, magnitude);
}

/** What yaml.v3 tries last: a sign behind the prefix, as in `0b+1` and `0o-7`. */
function parseOddInteger(text: string): bigint | undefined {
  const [, outer = "", base = "", inner = "", digits = ""] = /^(-?)0([bo])([-+]?)([0-7]+)$/u.exec(text) ?? [];
  if (digits === "" || (outer !== "" && inner !== "") || (base === "b" && !/^[01]+$/u.test(digits))) return undefined;
  return inRange(outer + inner, BigInt(`0${base}${digits}`));
}

/** Signed numbers have 64 bits with their sign, others without. */
function inRange(sign: string, magnitude: bigint | undefined): bigint | undefined {
  if (magnitude === undefined) return undefined;
  const value = sign === "-" ? -magnitude : magnitude;
  const largest = sign === "" ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  return value <= largest && value >= -(2n ** 63n) ? value : undefined;
}

const date = String.raw`(\d{4})-(\d{1,2})-(\d{1,2})`;
const clock = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?`;
const forms = [
  new RegExp(`^${date}[Tt]${clock}(Z|[-+]\\d\\d:\\d\\d)$`, "u"),
  new RegExp(`^${date} ${clock}$`, "u"),
  new RegExp(`^${date}$`, "u"),
];

/** A time in one of yaml.v3's four forms, as the text that Go writes for it in JSON; undefined for anything else. */
function parseGoTime(text: string): string | undefined {
  const match = forms.map((form) => form.exec(text)).find((found) => found !== null);
  if (match === undefined) return undefined;
  const [, year = "", month = "", day = "", hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = match;
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const inMonth = m >= 1 && m <= 12 && d >= 1 && d <= daysOf(y, m);
  const inDay = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (!inMonth || !inDay || !isZone(zone)) return undefined;
  const two = (part: string) => part.padStart(2, "0");
  const nanos = fraction.slice(0, 9).replace(/0+$/u, "");
  const offset = /^[-+]00:00$/u.test(zone) ? "Z" : zone;
  const tail = nanos === "" ? "" : `.${nanos}`;
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${tail}${offset}`;
}

function daysOf(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

function isZone(zone: string): boolean {
  return zone === "Z" || (Number(zone.slice(1, 3)) < 24 && Number(zone.slice(4)) < 60);
}
