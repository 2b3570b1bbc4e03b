import type { RuleResult } from "./run.ts";

/** How often each outcome occurs. */
export function countOutcomes(results: readonly RuleResult[]): Readonly<Record<RuleResult["outcome"], number>> {
  const count = (outcome: RuleResult["outcome"]) => results.filter((one) => one.outcome === outcome).length;
  return { held: count("held"), broken: count("broken"), skipped: count("skipped") };
}

/** One JSON object with a line feed: `socket`, counts, and `rules` as in RuleResult. */
export function jsonReport(socket: string, results: readonly RuleResult[]): string {
  return `${JSON.stringify({ socket, ...countOutcomes(results), rules: results }, null, 2)}\n`;
}

/** JUnit XML as CI systems read it: one test case for each rule. */
export function junitReport(results: readonly RuleResult[]): string {
  const { broken, skipped } = countOutcomes(results);
  const cases = results.map(({ id, says, outcome, problem, took }) => {
    const open = `    <testcase classname="conformance" name="${xml(`${id} ${says}`)}" time="${(took / 1000).toFixed(3)}"`;
    if (outcome === "held") return `${open}/>`;
    const tag = outcome === "broken" ? "failure" : "skipped";
    return `${open}><${tag} message="${xml(problem)}"/></testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite name="keyferry conform" tests="${results.length}" failures="${broken}" skipped="${skipped}">`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/** Text in an attribute; characters that XML 1.0 has no place for become `?`. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "?")
    .replace(/[<>&"\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}
