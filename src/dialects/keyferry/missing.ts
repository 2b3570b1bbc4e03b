import type { Reader } from "../../text/yaml/reader.ts";

/** What becomes of an entry whose object is not there. */
export type WhenMissing =
  { readonly kind: "fail" } | { readonly kind: "skip" } | { readonly kind: "default"; readonly text: string };

/** `onMissing` and `default`. */
export function readMissing(reader: Reader): WhenMissing {
  const kind = reader.oneOf("onMissing", ["fail", "skip", "default"]) ?? "fail";
  const text = reader.text("default");
  if (kind === "default" && !reader.has("default")) {
    reader.refuse("onMissing", "default is missing", "add default: TEXT, or write skip");
  }
  if (kind !== "default" && reader.has("default") && reader.has("onMissing")) {
    reader.refuse("default", "onMissing is not default", "write onMissing: default, or remove default");
  }
  return kind === "default" ? { kind, text: text ?? "" } : { kind };
}
