import { printable } from "../table.ts";
import { many, type Finding, type Status } from "./finding.ts";

const words: Readonly<Record<Status, string>> = {
  ok: "OK",
  warning: "WARNING",
  problem: "PROBLEM",
  skipped: "SKIPPED",
};

/** Yellow, red and grey, where colour is wanted. */
const colors: Readonly<Record<Status, number>> = { ok: 32, warning: 33, problem: 31, skipped: 90 };

const width = { status: 9, check: 11 } as const;

/** One line a finding, and its fix on an indented line. */
export function reportText(findings: readonly Finding[], color: boolean): string {
  return findings.map((finding) => findingText(finding, color)).join("");
}

function findingText({ check, status, subject, found, problem, fix }: Finding, color: boolean): string {
  const word = words[status].padEnd(width.status);
  const shown = color ? `\u001B[${colors[status]}m${word}\u001B[0m` : word;
  const line = `${shown}${check.padEnd(width.check)}${printable(`${subject}: ${problem ?? found ?? ""}`)}\n`;
  return fix === undefined ? line : `${line}${" ".repeat(width.status)}fix: ${printable(fix)}\n`;
}

/** The findings for programs. */
export function reportJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ findings }, null, 2)}\n`;
}

/** `2 problems, 1 warning, 9 ok, 1 skipped` */
export function summaryOf(findings: readonly Finding[]): string {
  const count = (status: Status) => findings.filter((finding) => finding.status === status).length;
  const [problems, warnings] = [many(count("problem"), "problem"), many(count("warning"), "warning")];
  return `${problems}, ${warnings}, ${count("ok")} ok, ${count("skipped")} skipped\n`;
}
