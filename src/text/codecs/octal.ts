import { parseFileMode, type FileMode } from "../../model/file.ts";

/**
 * Permission bits out of the text a person wrote; always octal, whatever YAML would make of it: `0400`, `400` and
 * `0o400` are 256. Undefined unless three octal digits, with `0` or `0o` in front if wanted. A file of mode 0 nobody
 * but root can read, which is more often a slip than a wish: it must be spelled out as `0000` (or `0o000`).
 */
export function parseOctalMode(text: string): FileMode | undefined {
  const digits = /^(?:0o?)?([0-7]{3})$/u.exec(text)?.[1];
  if (digits === undefined || text === "000") return undefined;
  return parseFileMode(Number.parseInt(digits, 8));
}
