export { isGranted } from "../model/grant.ts";

/** Why a text is no namespace pattern; undefined when it is one. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern === "") return "it is empty";
  if (pattern.length > 63) return "it is longer than 63 characters";
  return /^[a-z0-9*-]+$/u.test(pattern) ? undefined : "only lower-case letters, digits, - and * can be in it";
}
