import { createDecipheriv } from "node:crypto";
import type { Scalar } from "./node.ts";
import { isInt64 } from "./scalar.ts";
import { canonicalTime } from "./time.ts";
import { parseBase64 } from "../../text/codecs/base64.ts";
import { parseGoBoolean } from "../../text/go/boolean.ts";

/** An encrypted value as the document spells it, its parts not yet decoded. */
export interface Sealed {
  readonly body: string;
  readonly iv: string;
  readonly tag: string;
  /** How to read the plaintext. Nothing authenticates it. */
  readonly type: string;
}

const form = /^ENC\[AES256_GCM,data:([^,]+),iv:([^,]+),tag:([^,]+),type:([a-z]+)\]$/;

/** The parts of `ENC[AES256_GCM,…]`; undefined unless the whole text is of that form. */
export function parseSealed(text: string): Sealed | undefined {
  if (!text.startsWith("ENC[")) return undefined;
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, body = "", iv = "", tag = "", type = ""] = match;
  return { body, iv, tag, type };
}

/** The plaintext, or undefined: wrong key, wrong place and damage cannot be told apart. */
export function openSealed(sealed: Sealed, key: Uint8Array, associated: string): Buffer | undefined {
  const [body, iv, tag] = [sealed.body, sealed.iv, sealed.tag].map(strictBase64);
  if (body === undefined || iv === undefined || tag?.length !== 16) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: 16 });
    decipher.setAAD(Buffer.from(associated, "utf8"));
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    return undefined;
  }
}

function strictBase64(text: string): Buffer | undefined {
  return text === "" ? undefined : parseBase64(text);
}

const infinities = new Map([
  ["+Inf", Infinity],
  ["Inf", Infinity],
  ["-Inf", -Infinity],
]);

/** What plaintext of a type means; undefined when it is not of that type, or the type is unknown. */
export function readPlaintext(type: string, bytes: Buffer): Scalar | undefined {
  if (type === "str") return textOrBytes(bytes);
  if (type === "bytes") return { kind: "bytes", bytes };
  if (type === "comment") return { kind: "comment" };
  const text = bytes.toString("latin1");
  if (type === "int") return intOf(text);
  if (type === "float") return floatOf(text);
  if (type === "bool") return boolOf(text);
  if (type !== "time") return undefined;
  const time = canonicalTime(text);
  return time === undefined ? undefined : { kind: "time", text: time };
}

/** A boolean as Go's strconv reads it. */
export function boolOf(text: string): Scalar | undefined {
  const value = parseGoBoolean(text);
  return value === undefined ? undefined : { kind: "bool", value };
}

/** Text where the bytes are UTF-8, else bytes. */
export function textOrBytes(bytes: Buffer): Scalar {
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? { kind: "text", text } : { kind: "bytes", bytes };
}

function intOf(text: string): Scalar | undefined {
  if (!/^[+-]?[0-9]{1,40}$/.test(text)) return undefined;
  const value = text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text.replace("+", ""));
  return isInt64(value) ? { kind: "int", value } : undefined;
}

function floatOf(text: string): Scalar | undefined {
  const infinite = infinities.get(text);
  if (infinite !== undefined) return { kind: "float", value: infinite };
  if (text === "NaN") return { kind: "float", value: NaN };
  if (!/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? { kind: "float", value } : undefined;
}
