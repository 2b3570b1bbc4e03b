import { isAbsolute, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Rule } from "../../model/rule.ts";
import { subjectText, type Finding, type Report } from "./finding.ts";

/** Where the schema of SARIF 2.1.0 is published. */
const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** The report as a SARIF 2.1.0 log (OASIS standard, errata 01), which code hosts show beside the lines. */
export function sarifReport({ findings, rules, version }: Report) {
  const used = rules.filter(({ id }) => findings.some(({ rule }) => rule === id));
  const indexOf = new Map(used.map(({ id }, index) => [id, index]));
  return {
    $schema: schema,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "keyferry lint", version, rules: used.map(describe) } },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => resultOf(finding, indexOf.get(finding.rule))),
      },
    ],
  };
}

function describe({ id, severity, summary, fix }: Rule) {
  return {
    id,
    shortDescription: { text: summary },
    help: { text: fix },
    defaultConfiguration: { level: severity },
  };
}

function resultOf(finding: Finding, ruleIndex: number | undefined) {
  const { file, line, column, rule, severity, problem, fix } = finding;
  const subject = subjectText(finding);
  return {
    ruleId: rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: severity,
    message: { text: `${subject === "" ? "" : `${subject}: `}${problem}; ${fix}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
  };
}

/** A relative path as a relative reference, an absolute one as a file URL; standard input by a name of its own. */
function uriOf(file: string): string {
  if (file === "-") return "stdin";
  if (isAbsolute(file)) return pathToFileURL(file).href;
  const path = file.split(sep).map(encodeURIComponent).join("/");
  return path.replace(/^(?:\.\/)+/u, "");
}
