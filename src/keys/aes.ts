import { createDecipheriv } from "node:crypto";
import { KeyProblem } from "./material/file.ts";

/** An AES-GCM key, as an opener: the key itself stays here. */
export interface AesKey {
  /** The plaintext; undefined when tag, nonce or key do not fit. The tag is always 16 bytes, the nonce 12. */
  open(nonce: Uint8Array, sealed: Uint8Array): Buffer | undefined;
}

const length = { nonce: 12, tag: 16 };

/** Keys in hexadecimal digits, one a line, 16, 24 or 32 bytes each; `#` starts a comment line. Throws KeyProblem. */
export function parseAesKeys(text: string): readonly AesKey[] {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.length === 0) throw new KeyProblem("has a file without a key");
  return lines.map((line) => {
    if (!/^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{48}|[0-9A-Fa-f]{64})$/u.test(line)) {
      throw new KeyProblem("has a file with a line that is not a key of 16, 24 or 32 bytes in hexadecimal digits");
    }
    return createAesKey(Buffer.from(line, "hex"));
  });
}

function createAesKey(key: Buffer): AesKey {
  const cipher = { 16: "aes-128-gcm", 24: "aes-192-gcm", 32: "aes-256-gcm" } as const;
  const name = cipher[key.length as keyof typeof cipher];
  return {
    open(nonce, sealed) {
      if (nonce.length !== length.nonce || sealed.length < length.tag) return undefined;
      const decipher = createDecipheriv(name, key, nonce, { authTagLength: length.tag });
      decipher.setAuthTag(sealed.subarray(sealed.length - length.tag));
      const opened = decipher.update(sealed.subarray(0, sealed.length - length.tag));
      try {
        return Buffer.concat([opened, decipher.final()]);
      } catch {
        opened.fill(0);
        return undefined;
      }
    },
  };
}
