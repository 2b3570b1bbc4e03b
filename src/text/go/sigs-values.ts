import { goBase64 } from "./base64.ts";
import { oldBoolean, resolveOldPlain } from "./old-scalar.ts";
import type { GoNode } from "./yaml-node.ts";

/**
 * What a string field takes of a node by way of JSON: quoted texts as they are, plain ones resolved and written again.
 * Undefined for a list or a map. Source: sigs.k8s.io/yaml 1.6, convertToJSONableObject.
 */
export function sigsString(node: GoNode): string | undefined {
  if (node.kind !== "scalar") return undefined;
  const { tag, text } = node;
  if (tag === "!!null") return "";
  if (tag === "!!binary") return goBase64(text)?.toString("utf8") ?? "";
  if (tag === "!!bool") return String(oldBoolean(text));
  if (tag !== "!!int" && tag !== "!!float") return text;
  const { value } = resolveOldPlain(text);
  return typeof value === "bigint" && tag === "!!int" ? String(value) : goFloat32(Number(value));
}

/** A number as Go's `strconv.FormatFloat(value, 'g', -1, 32)` writes it. */
export function goFloat32(value: number): string {
  const short = Math.fround(value);
  if (Number.isNaN(short)) return "NaN";
  if (!Number.isFinite(short)) return short > 0 ? "+Inf" : "-Inf";
  if (short === 0) return Object.is(short, -0) ? "-0" : "0";
  const written = shortest(short);
  const [, sign = "", digits = "", power = "0"] = /^(-?)([\d.]+)e([-+]\d+)$/u.exec(written) ?? [];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return plainDecimal(sign, digits.replace(".", ""), exponent);
  return `${sign}${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** The fewest digits that read back as the same 32-bit number; nine always do. Of two equally near ones the even. */
function shortest(value: number): string {
  for (let digits = 0; digits < 8; digits += 1) {
    const written = rounded(value, digits);
    if (Math.fround(Number(written)) === value) return written;
  }
  return rounded(value, 8);
}

/** As `toExponential`, which takes the larger of two equally near numbers. */
function rounded(value: number, digits: number): string {
  const exact = value.toExponential(100);
  const [, kept = "", rest = "", power = ""] =
    new RegExp(`^(-?\\d\\.\\d{${digits}})(\\d*)(e.*)$`, "u").exec(exact) ?? [];
  const isTie = /^50*$/u.test(rest) && /[02468]\.?$/u.test(kept);
  return isTie ? kept.replace(/\.$/u, "") + power : value.toExponential(digits);
}

function plainDecimal(sign: string, digits: string, exponent: number): string {
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = digits.slice(exponent + 1);
  return fraction === "" ? sign + whole : `${sign}${whole}.${fraction}`;
}
