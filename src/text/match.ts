import { job } from "../model/compute.ts";
import { MountError } from "../model/error.ts";

/** A pattern of RE2, and texts to look for it in, anywhere. */
export interface Matching {
  readonly pattern: string;
  readonly texts: readonly string[];
}

/** Whether the pattern is in each text: 1 or 0. Refuses with `parameter_invalid` what is no RE2 pattern. */
export const matchJob = job<Matching, Uint8Array>("match", "matching a regular expression");

/** Does the job. Rejects with MountError `parameter_invalid`. */
export async function matchAll({ pattern, texts }: Matching): Promise<Uint8Array> {
  const compiled = await compile(pattern);
  return Uint8Array.from(texts, (text) => Number(compiled.test(text)));
}

/**
 * Whether matching is known to be short: RE2 takes as many steps as the texts have characters, times the parts of the
 * pattern. A counted repetition makes many parts of few characters, a class of Unicode characters of one.
 */
export function isShort({ pattern, texts }: Matching): boolean {
  if (pattern.length > 200 || /\{[0-9]|\\[pP]|\(\?[a-zA-Z]*i/u.test(pattern)) return false;
  const characters = texts.reduce((sum, text) => sum + text.length + 1, 0);
  return characters * (pattern.length + 2) <= maxSteps;
}

/** About ten milliseconds. */
const maxSteps = 1_000_000;

async function compile(pattern: string): Promise<{ test(text: string): boolean }> {
  const { RE2JS } = await import("re2js");
  try {
    return RE2JS.compile(pattern);
  } catch {
    throw new MountError("parameter_invalid", "it is not a valid RE2 pattern");
  }
}
