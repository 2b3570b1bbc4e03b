import { printable } from "../table.ts";
import { subjectText, type Finding, type Report } from "./finding.ts";
import { sarifReport } from "./sarif.ts";

/** Forms that findings are written in. */
export type Format = "text" | "json" | "sarif";

/** The whole report as text, with its last line feed; empty for `text` without findings. */
export function report(format: Format, content: Report): string {
  if (format === "sarif") return `${JSON.stringify(sarifReport(content), null, 2)}\n`;
  if (format === "json") return `${JSON.stringify(jsonReport(content), null, 2)}\n`;
  return content.findings.map((finding) => `${findingText(finding, content.color)}\n`).join("");
}

function jsonReport({ findings, manifests }: Report) {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  return { manifests, errors, warnings: findings.length - errors, findings };
}

/** `file:line:column: object 2 "db/password", field filePermission: problem; fix [mode_invalid]` */
function findingText(finding: Finding, color: boolean): string {
  const { file, line, column, severity, problem, fix, rule } = finding;
  const at = `${printable(file)}:${line}:${column}:`;
  const place = color ? `\u001B[1m${at}\u001B[0m` : at;
  const level = severity === "warning" ? " warning:" : "";
  const about = subjectText(finding);
  return `${place}${level} ${about === "" ? "" : `${about}: `}${problem}; ${fix} [${rule}]`;
}
