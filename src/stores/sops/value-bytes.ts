import type { Scalar } from "./node.ts";

/** The bytes by which a value enters the document's digest; undefined for what does not enter it. */
export function valueBytes(scalar: Scalar): Uint8Array | undefined {
  if (scalar.kind === "bytes") return scalar.bytes;
  const text = valueText(scalar);
  return text === undefined ? undefined : Buffer.from(text, "utf8");
}

function valueText(scalar: Exclude<Scalar, { kind: "bytes" }>): string | undefined {
  switch (scalar.kind) {
    case "null":
    case "comment":
      return undefined;
    case "text":
    case "time":
      return scalar.text;
    case "int":
      return scalar.value.toString();
    case "float":
      return floatText(scalar.value);
    case "bool":
      return scalar.value ? "True" : "False";
  }
}

/** The shortest decimal that reads back as the same number, never with an exponent (Go's FormatFloat 'f', -1). */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [digits = "", exponent = "0"] = String(Math.abs(value)).split("e");
  const [whole = "", fraction = ""] = digits.split(".");
  const point = whole.length + Number(exponent);
  const all = whole + fraction;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${all}`;
  if (point >= all.length) return sign + all + "0".repeat(point - all.length);
  return `${sign}${all.slice(0, point)}.${all.slice(point)}`;
}
