import { describe, expect, test } from "@jest/globals";
import { findingsOf } from "../../../../src/cli/doctor/finding.ts";
import { reportJson, reportText, summaryOf } from "../../../../src/cli/doctor/report.ts";

const { ok, warning, problem, skipped } = findingsOf("sockets");
const findings = [ok("/a", "fine"), warning("/b", "odd", "mend it"), problem("/c", "bad", "change it")];

describe("the report", () => {
  test("is a line for each finding, and one for its fix", () => {
    expect(reportText([...findings, skipped("/d", "unseen", "look")], false)).toBe(
      [
        "OK       sockets    /a: fine",
        "WARNING  sockets    /b: odd",
        "         fix: mend it",
        "PROBLEM  sockets    /c: bad",
        "         fix: change it",
        "SKIPPED  sockets    /d: unseen",
        "         fix: look",
        "",
      ].join("\n"),
    );
  });

  test("is the same for programs", () => {
    expect(JSON.parse(reportJson(findings))).toEqual({
      findings: [
        { check: "sockets", status: "ok", subject: "/a", found: "fine" },
        { check: "sockets", status: "warning", subject: "/b", problem: "odd", fix: "mend it" },
        { check: "sockets", status: "problem", subject: "/c", problem: "bad", fix: "change it" },
      ],
    });
  });

  test("ends with a count", () => {
    expect(summaryOf(findings)).toBe("1 problem, 1 warning, 1 ok, 0 skipped\n");
  });

  test("cannot be steered by a name", () => {
    expect(reportText([ok("/a\u001B[2J\nPROBLEM", "x")], false)).toBe("OK       sockets    /a\\x1b[2J\\nPROBLEM: x\n");
  });

  test("has its colours where they are wanted only", () => {
    expect(reportText([problem("/c", "bad", "x")], true)).toContain("\u001B[31mPROBLEM");
  });
});
