import { invalid } from "./budget.ts";
import type { Scalar } from "./node.ts";
import { canonicalTime, isTime } from "./time.ts";

const words = new Map<string, Scalar>([
  ...["true", "True", "TRUE"].map((word) => [word, { kind: "bool", value: true }] as const),
  ...["false", "False", "FALSE"].map((word) => [word, { kind: "bool", value: false }] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, { kind: "null" }] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, { kind: "float", value: NaN }] as const),
  ...[".inf", ".Inf", ".INF"].flatMap((word) => [
    [word, { kind: "float", value: Infinity }] as const,
    [`+${word}`, { kind: "float", value: Infinity }] as const,
    [`-${word}`, { kind: "float", value: -Infinity }] as const,
  ]),
]);

const floatForm = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const wholeForm = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)$/;
const dayForm = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const timeForm = /^(\d{4})-(\d{1,2})-(\d{1,2})[Tt ](\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?(Z|[+-]\d{2}:\d{2})?$/;

/** Longest text that is looked at as a number. */
const longest = 400;

/**
 * What a plain YAML scalar without tag means to the program that wrote the document (yaml.v3's rules): `0777` is 511,
 * `089` a float, `yes` a text. Throws MountError for whole numbers past 64 bit, as that program does.
 */
export function resolvePlain(text: string): Scalar {
  const word = words.get(text);
  if (word !== undefined) return word;
  const asText: Scalar = { kind: "text", text };
  if (text.length > longest) return asText;
  if (text.startsWith(".")) return floatOf(text) ?? asText;
  if (!/^[0-9+-]/.test(text)) return asText;
  const time = timeOf(text);
  if (time !== undefined) return { kind: "time", text: time };
  const digits = text.replaceAll("_", "");
  return intOf(digits) ?? floatOf(digits) ?? asText;
}

/** Whether a number is within signed 64 bit. */
export function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

function intOf(text: string): Scalar | undefined {
  if (!wholeForm.test(text)) return undefined;
  const negative = text.startsWith("-");
  const digits = text.replace(/^[-+]/, "").toLowerCase();
  const size = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const value = negative ? -size : size;
  if (isInt64(value)) return { kind: "int", value };
  if (!negative && size < 1n << 64n) throw invalid("it has a whole number past 64 bit in clear");
  return undefined;
}

function floatOf(text: string): Scalar | undefined {
  if (!floatForm.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? { kind: "float", value } : undefined;
}

function timeOf(text: string): string | undefined {
  const day = dayForm.exec(text);
  if (day !== null) return assembled(day.slice(1, 4), ["0", "0", "0"], "", "Z");
  const time = timeForm.exec(text);
  if (time === null) return undefined;
  const offset = time[8];
  if (text.includes(" ") !== (offset === undefined)) return undefined;
  return assembled(time.slice(1, 4), time.slice(4, 7), time[7] ?? "", offset ?? "Z");
}

function assembled(day: readonly string[], clock: readonly string[], fraction: string, offset: string) {
  const [year, month, date, hour, minute, second] = [...day, ...clock].map(Number);
  if (!isTime(year ?? 0, month ?? 0, date ?? 0, hour ?? 0, minute ?? 0, second ?? 0)) return undefined;
  const two = (part: string) => part.padStart(2, "0");
  return canonicalTime(`${day.map(two).join("-")}T${clock.map(two).join(":")}${fraction}${offset}`);
}
