import { getSystemErrorMap } from "node:util";

/** Own words where those of the system leave open what to do. */
const sentences: Readonly<Record<string, string>> = {
  ENOENT: "there is nothing at this path",
  ENOTDIR: "a part of the path is no folder",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EADDRINUSE: "the address is in use by another process",
  EADDRNOTAVAIL: "this machine has no such address",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was closed before the answer",
  ENOTFOUND: "DNS does not know the name",
  EAI_AGAIN: "DNS does not answer",
  ENOSPC: "no space is left on the disk",
  EROFS: "the file system is read-only",
};

/** Said of what has no code. */
const unknown = "an unknown error";

/** The `code` of an error of Node.js, such as `ENOENT`; empty for anything else. For decisions, never for people. */
export function systemCode(error: unknown): string {
  const code: unknown = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

/** What a person reads in place of a code: `permission denied`, `nothing listens there`. */
export function systemProblem(error: unknown): string {
  return codeProblem(systemCode(error));
}

/** As `systemProblem`, for a code alone. */
export function codeProblem(code: string): string {
  const own = sentences[code];
  if (own !== undefined) return own;
  const known = [...getSystemErrorMap().values()].find(([name]) => name === code);
  return known?.[1] ?? unknown;
}
