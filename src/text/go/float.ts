/** A number as Go's `strconv.FormatFloat(value, 'g', -1, 64)` writes it: from 1e6 on with an exponent. */
export function goFloat64(value: number): string {
  return special(value) ?? general(value.toExponential());
}

/** A number as Go's `strconv.FormatFloat(value, 'g', -1, 32)` writes it. */
export function goFloat32(value: number): string {
  const short = Math.fround(value);
  return special(short) ?? general(shortest(short));
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value !== 0) return undefined;
  return Object.is(value, -0) ? "-0" : "0";
}

/** Takes what `toExponential` writes. */
function general(written: string): string {
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
