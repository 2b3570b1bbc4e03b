import { createHmac } from "node:crypto";
import { goJson, GoNumber, type GoJson } from "../../text/go/json.ts";
import type { Secret } from "../../model/secret.ts";

/** The settings of one object as the manifest has them, nothing filled in. */
export interface ObjectSettings {
  readonly objectName: string;
  readonly secretPath: string;
  readonly secretKey: string;
  readonly method: string;
  readonly secretArgs: ReadonlyMap<string, GoJson> | null;
  readonly filePermission: number;
  readonly encoding: string;
}

/**
 * The object version of the official provider: HMAC-SHA-256 of the object's settings and its content, in base64url with
 * padding.
 */
export function officialVersion(key: Secret, settings: ObjectSettings, content: Uint8Array): string {
  const fields: readonly (readonly [string, GoJson])[] = [
    ["ObjectName", settings.objectName],
    ["SecretPath", settings.secretPath],
    ["SecretKey", settings.secretKey],
    ["Method", settings.method],
    ["SecretArgs", settings.secretArgs],
    ["FilePermission", new GoNumber(String(settings.filePermission))],
    ["Encoding", settings.encoding],
  ];
  const json = `{${fields.map(([name, value]) => `"${name}":${goJson(value)}`).join(",")}}`;
  const digest = createHmac("sha256", key.reveal()).update(json, "utf8").update(content).digest("base64");
  return digest.replaceAll("+", "-").replaceAll("/", "_");
}
