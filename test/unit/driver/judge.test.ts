import { describe, expect, test } from "@jest/globals";
import { answerProblems, defaultAnswerLimit } from "../../../src/driver/judge.ts";
import { MountResponse } from "../../../src/wire/provider.ts";

const version = { id: "db", version: "7" };
const file = { path: "db", mode: 0o644, contents: Buffer.from("s3cret") };

function judge(answer: Partial<MountResponse>): readonly string[] {
  const problems = answerProblems({ objectVersion: [version], error: undefined, files: [file], ...answer });
  return problems.map(({ kind, problem }) => `${kind}: ${problem}`);
}

describe("answerProblems", () => {
  test("finds nothing in a good answer, nor in an error without code", () => {
    expect(judge({})).toEqual([]);
    expect(judge({ error: { code: "" } })).toEqual([]);
  });

  test.each([
    { is: "no versions", answer: { objectVersion: [] }, problem: /^refused: object_version is empty$/ },
    { is: "an error code", answer: { error: { code: "Broken" } }, problem: /^refused: error.code is "Broken"/ },
    { is: "no files", answer: { files: [] }, problem: /^harmful: there is no file/ },
    { is: "an id twice", answer: { objectVersion: [version, version] }, problem: /^harmful: .* id "db" twice/ },
    { is: "a path twice", answer: { files: [file, file] }, problem: /^harmful: file "db" is there twice/ },
    {
      is: "a file that is a folder too",
      answer: { files: [file, { ...file, path: "db/x" }] },
      problem: /^refused: files "db" and "db\/x"/,
    },
    { is: "mode 0", answer: { files: [{ ...file, mode: 0 }] }, problem: /^harmful: file "db": its mode is 0/ },
    { is: "mode 1023", answer: { files: [{ ...file, mode: 1023 }] }, problem: /^harmful: file "db": its mode 1023/ },
    { is: "a negative mode", answer: { files: [{ ...file, mode: -1 }] }, problem: /^harmful: file "db": its mode -1/ },
  ])("finds $is", ({ answer, problem }) => {
    expect(judge(answer)).toEqual([expect.stringMatching(problem)]);
  });

  test.each(["", "/x", "../x", "..x", "...", "a/../b", "./a", "a/", "a//b", "a/./b", ".", "a\0", "e".repeat(256)])(
    "refuses the path %j",
    (path) => {
      expect(judge({ files: [{ ...file, path }] })).toEqual([expect.stringMatching(/^refused: file .* not usable/)]);
    },
  );

  test.each([".a", "a/..b", "with space", "new\nline", "ü/ß", "back\\slash"])("takes the path %j", (path) => {
    expect(judge({ files: [{ ...file, path }] })).toEqual([]);
  });

  test("holds the whole encoded answer against the limit, which itself is allowed", () => {
    const answer = { objectVersion: [version], error: undefined, files: [file] };
    const size = MountResponse.encode(answer).length;
    expect(answerProblems(answer, size)).toEqual([]);
    expect(answerProblems(answer, size - 1)).toEqual([
      {
        kind: "refused",
        problem: `the answer is ${size} bytes, the driver's --max-call-recv-msg-size is ${size - 1}`,
      },
    ]);
    expect(defaultAnswerLimit).toBe(4 * 1024 * 1024);
  });

  test("never shows contents", () => {
    const answer = { ...file, path: "/x", mode: -1 };
    expect(judge({ files: [answer, answer], objectVersion: [], error: { code: "X" } }).join()).not.toContain("s3cret");
  });
});
