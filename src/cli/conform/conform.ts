import { readFile } from "node:fs/promises";
import type { PodVolume } from "../../driver/request.ts";
import { caseNames, type CaseName, type Target } from "../../conformance/target.ts";
import { countOutcomes, jsonReport, junitReport } from "../../conformance/report.ts";
import { isCaseName, runRules, type RuleResult } from "../../conformance/run.ts";
import { systemProblem } from "../../model/system-error.ts";
import { inspectSocket } from "../../serve/grpc-socket/inspect-socket.ts";
import { parseDuration } from "../../text/codecs/duration.ts";
import { realClock } from "../../wiring/runtime.ts";
import { UsageError, type CliOutside, type ExitCode } from "../command.ts";
import { readMountInput, type MountInput } from "../mount/input.ts";
import { formatTable } from "../table.ts";

/** What `keyferry conform` is asked to do. */
export interface ConformOptions extends Omit<MountInput, "file" | "name" | "target"> {
  readonly socket: string;
  readonly output: "text" | "json" | "junit";
  /** The valid manifest. */
  readonly file: string | undefined;
  /** `NAME=FILE` each. */
  readonly cases: readonly string[];
  /** `PATH=FILE` each. */
  readonly expected: readonly string[];
  readonly otherAccount: string | undefined;
  readonly otherSocket: string | undefined;
  /** A duration. */
  readonly patience: string;
}

/** Runs the rules and prints the report. 0 no rule is broken; 1 one is. Throws UsageError for input that is not usable. */
export async function conform(options: ConformOptions, io: CliOutside): Promise<ExitCode> {
  const { kind } = await inspectSocket(options.socket);
  if (kind !== "served") throw new UsageError(`nobody serves ${options.socket}; start the provider first`);
  const results = await runRules(await targetOf(options, io.now()), realClock);
  const { broken, held, skipped } = countOutcomes(results);
  if (options.output === "json") io.out(jsonReport(options.socket, results));
  else if (options.output === "junit") io.out(junitReport(results));
  else {
    io.out(formatTable(["RULE", "OUTCOME", "SAYS", "PROBLEM"], results.map(rowOf), io));
    io.err(`${held} rules hold, ${broken} broken, ${skipped} skipped\n`);
  }
  return broken === 0 ? 0 : 1;
}

function rowOf({ id, outcome, says, problem }: RuleResult): readonly string[] {
  return [id, outcome === "broken" ? "BROKEN" : outcome, says, problem];
}

async function targetOf(options: ConformOptions, now: number): Promise<Target> {
  const patience = parseDuration(options.patience);
  if (patience === undefined || patience === 0) throw new UsageError("--patience is a duration, such as 100s");
  const read = async (file: string): Promise<PodVolume> =>
    (await readMountInput({ ...options, file, name: undefined, target: file }, now)).volume;
  const cases = new Map<CaseName, PodVolume[]>();
  for (const word of options.cases) {
    const [name, file] = pairOf(word, "--case is NAME=FILE");
    if (!isCaseName(name))
      throw new UsageError(`--case ${name}: there is no such case; known: ${caseNames.join(", ")}`);
    cases.set(name, [...(cases.get(name) ?? []), await read(file)]);
  }
  const expected = new Map<string, Uint8Array>();
  for (const word of options.expected) {
    const [path, file] = pairOf(word, "--expect is PATH=FILE");
    const bytes = await readFile(file).catch((error: unknown) => {
      throw new UsageError(`--expect ${file} cannot be read: ${systemProblem(error)}`);
    });
    expected.set(path, bytes);
  }
  return {
    socket: options.socket,
    otherSocket: options.otherSocket,
    valid: options.file === undefined ? undefined : await read(options.file),
    cases,
    expected,
    otherAccount: options.otherAccount,
    control: undefined,
    patience,
  };
}

function pairOf(word: string, fix: string): readonly [string, string] {
  const [, name, value] = /^([^=]+)=(.+)$/s.exec(word) ?? [];
  if (name === undefined || value === undefined) throw new UsageError(fix);
  return [name, value];
}
