import type { BareAnswer } from "./bare-provider.ts";

/** An answer of a provider that the simulated driver and the real one are given. */
export interface ComparedAnswer {
  readonly name: string;
  readonly answer: BareAnswer;
}

const contents = Buffer.from("s3cret");
const file = (path: string, mode = 0o644, text = "s3cret") => ({ path, mode, contents: Buffer.from(text) });
const versions = [{ id: "db", version: "7" }];
const files = (...list: readonly object[]): BareAnswer => ({ objectVersion: versions, files: list });

/** What both must do the same with: right answers, wrong ones, and those that do harm. */
export const answersToCompare: readonly ComparedAnswer[] = [
  { name: "good", answer: files(file("db", 0o400), file("conf/db")) },
  { name: "changed", answer: files(file("db", 0o644, "new")) },
  { name: "mode-zero", answer: files(file("db", 0)) },
  { name: "mode-minus-one", answer: files(file("db", -1)) },
  { name: "mode-1023", answer: files(file("db", 1023)) },
  { name: "same-path-twice", answer: files(file("db"), file("db", 0o600, "later")) },
  { name: "no-files", answer: { objectVersion: versions, files: [] } },
  { name: "no-versions", answer: { files: [{ path: "db", mode: 420, contents }] } },
  { name: "error-code", answer: { objectVersion: versions, files: [], error: { code: "Broken" } } },
  { name: "parent-path", answer: files(file("../db")) },
  { name: "absolute-path", answer: files(file("/db")) },
  { name: "unclean-path", answer: files(file("a//db")) },
  { name: "dot-path", answer: files(file(".")) },
  { name: "file-and-folder", answer: files(file("a"), file("a/b")) },
  { name: "denied", answer: { code: 7, details: "denied" } },
  { name: "not-found", answer: { code: 5, details: "nothing there" } },
  { name: "cancelled", answer: { code: 1, details: "cancelled" } },
  { name: "deadline", answer: { code: 4, details: "too slow" } },
  { name: "exhausted", answer: { code: 8, details: "too much" } },
  { name: "aborted", answer: { code: 10, details: "aborted" } },
  { name: "unavailable", answer: { code: 14, details: "away" } },
];
