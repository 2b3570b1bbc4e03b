import { Probe, type ProbeClock } from "./probe.ts";
import { Broken, caseNames, type Need, type Target } from "./target.ts";
import type { Rule } from "./rule.ts";
import { answerRules } from "./rules/answers.ts";
import { failureRules } from "./rules/failures.ts";
import { processRules } from "./rules/process.ts";
import { requestRules } from "./rules/requests.ts";
import { heldByOthers, trapRules, unseen } from "./rules/traps.ts";
import { versionRules } from "./rules/version.ts";

/** Every rule, in the order in which they run: what ends the process comes late, what looks back last. */
export const rules: readonly Rule[] = [
  ...versionRules,
  ...answerRules,
  ...requestRules,
  ...failureRules,
  ...processRules,
  ...trapRules,
];

/** What became of one rule. */
export interface RuleResult {
  readonly id: string;
  readonly says: string;
  readonly outcome: "held" | "broken" | "skipped";
  /** By what it is broken, or what it would have needed; empty for a rule that holds. */
  readonly problem: string;
  /** Duration in ms. */
  readonly took: number;
}

/** Runs every rule against a provider, one after the other. Never rejects. Results are in the order of their names. */
export async function runRules(target: Target, clock: ProbeClock): Promise<readonly RuleResult[]> {
  const probe = new Probe(target, clock);
  try {
    const results: RuleResult[] = [];
    for (const rule of rules) results.push(await runRule(rule, probe));
    return [...results, ...others(results)].toSorted((a, b) => order(a.id) - order(b.id));
  } finally {
    probe.close();
  }
}

async function runRule({ id, says, needs, check }: Rule, probe: Probe): Promise<RuleResult> {
  const lacking = needs.filter((need) => !isThere(need, probe.target));
  if (lacking.length > 0)
    return { id, says, outcome: "skipped", problem: `needs ${lacking.map(optionFor).join(", ")}`, took: 0 };
  const start = probe.clock.monotonic();
  const took = () => Math.round(probe.clock.monotonic() - start);
  try {
    await check(probe);
    return { id, says, outcome: "held", problem: "", took: took() };
  } catch (thrown) {
    if (!(thrown instanceof Broken)) throw thrown;
    return { id, says, outcome: "broken", problem: thrown.message, took: took() };
  }
}

function isThere(need: Need, target: Target): boolean {
  switch (need) {
    case "valid":
      return target.valid !== undefined;
    case "tokens":
      return (target.valid?.tokens?.size ?? 0) > 0;
    case "expected":
      return target.expected.size > 0;
    case "other-account":
      return target.otherAccount !== undefined;
    case "other-socket":
      return target.otherSocket !== undefined;
    case "control":
      return target.control !== undefined;
    default:
      return (target.cases.get(need)?.length ?? 0) > 0;
  }
}

/** What to add to the command line. */
function optionFor(need: Need): string {
  switch (need) {
    case "valid":
      return "-f SPC.yaml";
    case "tokens":
      return "--token AUD=FILE";
    case "expected":
      return "--expect PATH=FILE";
    case "other-account":
      return "--other-account SA";
    case "other-socket":
      return "--other-socket PATH";
    case "control":
      return "a test that starts and stops the provider itself";
    default:
      return `--case ${need}=SPC.yaml`;
  }
}

/** The traps that have no check of their own. */
function others(results: readonly RuleResult[]): readonly RuleResult[] {
  const held = Object.entries(heldByOthers).map(([id, by]): RuleResult => {
    const found = results.find((one) => one.id === by);
    const says = `held by ${by}`;
    return { id, says, outcome: found?.outcome ?? "skipped", problem: found?.problem ?? "", took: 0 };
  });
  const hidden = Object.entries(unseen).map(([id, problem]): RuleResult => ({
    id,
    says: "cannot be seen from a socket",
    outcome: "skipped",
    problem,
    took: 0,
  }));
  return [...held, ...hidden];
}

/** A before T, then by number. */
function order(id: string): number {
  return (id.startsWith("T") ? 1000 : 0) + Number(id.slice(1));
}

/** Whether a text names a case. */
export function isCaseName(text: string): text is (typeof caseNames)[number] {
  return caseNames.some((name) => name === text);
}
