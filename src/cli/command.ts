import { UsageError } from "../wiring/usage-error.ts";
import { parseArgs } from "node:util";

/** One flag of a command. */
export interface Option {
  /** Long name without dashes. */
  readonly flag: string;
  readonly short?: string;
  /** What stands for its value in help, `DIR`; a flag without one is a switch. */
  readonly value?: string;
  readonly repeatable?: boolean;
  readonly help: string;
  /** Shown in help; applied by the command itself. */
  readonly fallback?: string;
}

/** Flag values as given: every flag a list, a switch the list `["true"]`; absent ones are not there. */
export type Given = ReadonlyMap<string, readonly string[]>;

/** What a command may touch of its process. */
export interface CliOutside {
  out(text: string): void;
  err(text: string): void;
  /** Bytes of `out` that its reader has not taken yet. */
  pending(): number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether standard output is a terminal, its width, and whether to use colour there. */
  readonly terminal: boolean;
  readonly columns: number;
  readonly color: boolean;
  now(): number;
}

/** 0 done, 1 the work failed, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2;

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** The words after the command's name: `-f FILE… [--output json]`. */
  readonly usage: string;
  readonly options: readonly Option[];
  /** Further paragraphs of its help. */
  readonly notes?: readonly string[];
  run(given: Given, positionals: readonly string[], outside: CliOutside): Promise<ExitCode>;
}

export { UsageError };

const helpOption: Option = { flag: "help", short: "h", help: "show this help" };

/** Runs the command that the words name. Never rejects. */
export async function runCommand(
  commands: readonly Command[],
  words: readonly string[],
  outside: CliOutside,
): Promise<ExitCode> {
  const [name = "", ...rest] = words;
  if (["", "help", "--help", "-h"].includes(name)) {
    outside.out(overview(commands));
    return name === "" ? 2 : 0;
  }
  const command = commands.find((one) => one.name === (name === "--version" ? "version" : name));
  if (command === undefined) {
    outside.err(`keyferry: there is no command ${JSON.stringify(name)}; see keyferry --help\n`);
    return 2;
  }
  try {
    const { given, positionals } = readWords(command, rest);
    if (given.has("help")) {
      outside.out(helpText(command));
      return 0;
    }
    return await command.run(given, positionals, outside);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    outside.err(`keyferry ${command.name}: ${error.message}\nsee keyferry ${command.name} --help\n`);
    return 2;
  }
}

function readWords(command: Command, words: readonly string[]): { given: Given; positionals: readonly string[] } {
  const options = [...command.options, helpOption];
  const settings = options.map((option) => [
    option.flag,
    {
      type: option.value === undefined ? ("boolean" as const) : ("string" as const),
      multiple: true as const,
      ...(option.short === undefined ? {} : { short: option.short }),
    },
  ]);
  const { values, positionals } = parseOrUsage({
    args: [...words],
    options: Object.fromEntries(settings) as Record<string, { type: "string"; multiple: true }>,
    allowPositionals: true,
    strict: true,
  });
  const given = new Map<string, readonly string[]>();
  for (const option of options) {
    const list = values[option.flag];
    if (!Array.isArray(list)) continue;
    if (list.length > 1 && option.value !== undefined && option.repeatable !== true) {
      throw new UsageError(`--${option.flag} is given ${list.length} times`);
    }
    given.set(option.flag, list.map(String));
  }
  return { given, positionals };
}

function parseOrUsage(config: {
  args: string[];
  options: Record<string, { type: "string"; multiple: true }>;
  allowPositionals: true;
  strict: true;
}) {
  try {
    return parseArgs(config);
  } catch (error) {
    // The parser's own words name the flag, never its value.
    throw new UsageError(firstSentence((error as Error).message));
  }
}

function firstSentence(text: string): string {
  const sentence = text.split(/[.\n](\s|$)/, 1)[0] ?? text;
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    "keyferry: a Secrets Store CSI driver provider for every secret store",
    "",
    "usage: keyferry COMMAND [OPTION ...]",
    "",
    ...lines,
    "",
    "keyferry COMMAND --help tells more.",
    "",
  ].join("\n");
}

/** The help of one command. */
export function helpText(command: Command): string {
  const rows = [...command.options, helpOption].map((option) => {
    const short = option.short === undefined ? "    " : `-${option.short}, `;
    const value = option.value === undefined ? "" : ` ${option.value}`;
    const fallback = option.fallback === undefined ? "" : ` (default ${option.fallback})`;
    const again = option.repeatable === true ? "; may be given again" : "";
    return { left: `${short}--${option.flag}${value}`, right: `${option.help}${again}${fallback}` };
  });
  const width = Math.max(...rows.map(({ left }) => left.length));
  return [
    `keyferry ${command.name}: ${command.summary}`,
    "",
    `usage: keyferry ${command.name} ${command.usage}`.trimEnd(),
    "",
    ...rows.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}`),
    "",
    ...(command.notes ?? []).flatMap((note) => [note, ""]),
  ].join("\n");
}
