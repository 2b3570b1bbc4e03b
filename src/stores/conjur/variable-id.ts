/**
 * The variable that a text names: an id, with or without `variable:` or `ACCOUNT:variable:` before it, as the official
 * client takes it.
 */
export function variableId(text: string, account: string): string {
  const full = `${account}:variable:`;
  if (text.startsWith(full)) return text.slice(full.length);
  return text.startsWith("variable:") ? text.slice("variable:".length) : text;
}

/** What is wrong with the id of a variable; undefined when nothing is. */
export function idProblem(id: string): string | undefined {
  if (id === "") return "it names no variable";
  if (/\p{Cc}/u.test(id) || !id.isWellFormed()) return "it holds a control character";
  return Buffer.byteLength(id) > maxId ? `it is longer than ${maxId} bytes` : undefined;
}

/** Longest id in bytes, so that a request with it, escaped, stays below what servers take of a URL. */
const maxId = 2000;

/** How ids are to be written. */
export const idFix = "write the id of a variable, such as db-credentials/password";
