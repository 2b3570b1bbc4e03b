import type { Place } from "./issue.ts";
import type { Parameters } from "./pod.ts";
import type { Rule } from "./rule.ts";

/** A doubt about what a person wrote: a Mount takes it, and hardly does what was meant. */
export interface Advice {
  readonly rule: Rule;
  readonly place: Place;
  readonly problem: string;
  /** What to write instead. */
  readonly fix: string;
  /** Names of parameters or fields of which one was most likely meant; what is said of their absence is the same mistake. */
  readonly meant: readonly string[];
}

/** Takes every doubt about a manifest. */
export interface AdviceSink {
  advise(advice: Advice): void;
}

/** What a dialect knows for `lint` besides how to parse. Data and pure functions: nothing of it is used in a Mount. */
export interface DialectAdvice {
  /** Rules that only this dialect has, for the reference page. */
  readonly rules: readonly Rule[];
  /** What people write for `spec.provider` when they mean this dialect. */
  readonly misnomers: readonly string[];
  /** Every doubt about the parameters of a manifest. Does no I/O and never throws. */
  advise(parameters: Parameters, sink: AdviceSink): void;
}

/** Rules that several dialects share. */
export const adviceRules = {
  notRead: {
    id: "name-not-read",
    severity: "warning",
    summary: "the provider reads no parameter or field of this name",
    fix: "correct the spelling, upper and lower case included, or remove it",
  },
  retired: {
    id: "name-retired",
    severity: "warning",
    summary: "a parameter or field is retired: nothing reads it any more, or it has a new name",
    fix: "remove it, or write the new name",
  },
  noEffect: {
    id: "name-without-effect",
    severity: "warning",
    summary: "a parameter is read only together with another one, which is not set",
    fix: "set the other one, or remove this one",
  },
  doubtfulValue: {
    id: "value-doubtful",
    severity: "warning",
    summary: "a value is taken as it is, and hardly right",
    fix: "write it as the message says",
  },
  sameFile: {
    id: "file-twice",
    severity: "warning",
    summary: "two objects write one file; the driver keeps the later",
    fix: "remove one of them, or give it a path of its own",
  },
  doubtfulMode: {
    id: "mode-doubtful",
    severity: "warning",
    summary: "file permission bits read as octal or decimal, and hardly as they were meant",
    fix: "write four octal digits, such as 0400",
  },
} as const satisfies Readonly<Record<string, Rule>>;

/** Of a dialect about which there is nothing to say. */
export const noAdvice: DialectAdvice = { rules: [], misnomers: [], advise: () => undefined };
