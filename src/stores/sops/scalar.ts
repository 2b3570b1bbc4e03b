import { resolvePlain as resolveGo } from "../../text/go/yaml-scalar.ts";
import { invalid } from "./budget.ts";
import type { Scalar } from "./node.ts";

/**
 * What a plain YAML scalar without tag means to the program that wrote the document (yaml.v3's rules): `0777` is 511,
 * `089` a float, `yes` a text. Throws MountError for whole numbers past 64 bit, as that program does.
 */
export function resolvePlain(text: string): Scalar {
  const { tag, value } = resolveGo(text);
  if (tag === "!!null") return { kind: "null" };
  if (tag === "!!bool") return { kind: "bool", value: text.toLowerCase() === "true" };
  if (typeof value === "number") return { kind: "float", value };
  if (tag === "!!timestamp" && typeof value === "string") return { kind: "time", text: value };
  if (typeof value !== "bigint") return { kind: "text", text };
  if (isInt64(value)) return { kind: "int", value };
  throw invalid("it has a whole number past 64 bit in clear");
}

/** Whether a number is within signed 64 bit. */
export function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}
