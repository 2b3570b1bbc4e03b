import { createCipheriv, createHash, randomBytes } from "node:crypto";

/** The data key of every document made here. */
export const dataKey = Buffer.alloc(32, 7);

const sealedAt = "2025-03-01T10:20:30Z";

/** A value as the original program writes it, for tests that need more than the vectors have. */
export function seal(text: string | Uint8Array, path: string, type = "str", key: Uint8Array = dataKey): string {
  const iv = randomBytes(32);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: 16 });
  cipher.setAAD(Buffer.from(path, "utf8"));
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  const [b, i, t] = [body, iv, cipher.getAuthTag()].map((bytes) => bytes.toString("base64"));
  return `ENC[AES256_GCM,data:${b ?? ""},iv:${i ?? ""},tag:${t ?? ""},type:${type}]`;
}

/** A YAML document around these lines, with a digest over these texts. */
export function sealDocument(lines: string, texts: readonly string[], more = "", enc = "x"): string {
  const digest = createHash("sha512").update(texts.join("")).digest("hex").toUpperCase();
  const mac = seal(digest, sealedAt);
  const age = `    age:\n        - recipient: age1x\n          enc: ${JSON.stringify(enc)}\n`;
  return `${lines}sops:\n${age}    lastmodified: "${sealedAt}"\n    mac: ${mac}\n${more}`;
}
