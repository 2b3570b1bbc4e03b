/** What a text means; or what is wrong with it and what is allowed, lower case, without the text itself. */
export type Parsed<T> =
  { readonly kind: "value"; readonly value: T } | { readonly kind: "problem"; readonly problem: string };

/** A JSON Schema (draft 7), as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What the texts of one kind of value mean; the shared ones are in src/text/settings. */
export interface Rule<T> {
  /** Trimmed text in, value or problem out. Never throws. */
  parse(text: string): Parsed<T>;
  /** What may stand in a YAML or JSON file for one value of it. */
  readonly schema: JsonSchema;
}

/**
 * One setting of the daemon: a flag, an environment variable and a key of the configuration file at once. Flags,
 * variables, file keys, help, reference pages and schemas are all made from lists of these; what the texts mean is
 * decided by `parse` alone, once, at start.
 */
export interface Setting<T> {
  /** Long name without dashes; undefined for what is an environment variable only. */
  readonly flag: string | undefined;
  /** Its environment variable: `KEYFERRY_MOUNT_TIMEOUT` for `mount-timeout`. */
  readonly env: string;
  /** A variable of the official provider that is read where flag, `env` and file say nothing. */
  readonly officialEnv: string | undefined;
  /** A further variable of the official provider, read where the first one is not present at all, not even empty. */
  readonly officialFallbackEnv: string | undefined;
  /** Key in the `--config` file; undefined for what cannot stand there. */
  readonly key: string | undefined;
  /** What its value is called in help: `DURATION`. */
  readonly value: string;
  /** One line, lower case, without a final stop. */
  readonly help: string;
  /** What holds where nothing sets it. */
  readonly default: T;
  /** The default as it would be written; undefined where `help` says what holds. */
  readonly defaultText: string | undefined;
  /** Whether it takes several values: with commas between, by repeating the flag, or as a list in the file. */
  readonly list: boolean;
  /** Whether it is the path of a file with a secret in it, which others had better not be able to read. */
  readonly secretFile: boolean;
  /** The text of all values, those of a list with commas between. Never throws. */
  parse(text: string): Parsed<T>;
  /** What may stand at `key` in a YAML or JSON file. */
  readonly schema: JsonSchema;
}

/** What is written down for a setting; the rest follows from the flag. */
export interface SettingWords {
  /** Long name without dashes: `mount-timeout` is also KEYFERRY_MOUNT_TIMEOUT and `mountTimeout` in the file. */
  readonly flag: string;
  readonly value: string;
  readonly help: string;
  readonly officialEnv?: string;
  readonly officialFallbackEnv?: string;
  /** The default as it is written in a table, where the help does not say it. */
  readonly defaultText?: string;
  /** For what cannot stand in the file. */
  readonly notInFile?: true;
  readonly secretFile?: true;
}

/** A setting with one value. */
export function setting<T>(words: SettingWords, rule: Rule<T>, fallback: NoInfer<T>): Setting<T> {
  return { ...named(words), default: fallback, list: false, parse: rule.parse, schema: rule.schema };
}

/** A setting with any number of values; equal ones count once, empty texts do not count. */
export function listSetting<T>(
  words: SettingWords,
  rule: Rule<T>,
  fallback: readonly NoInfer<T>[],
): Setting<readonly T[]> {
  const one = { oneOf: [{ type: "array", items: rule.schema }, { type: "string" }] };
  return { ...named(words), default: fallback, list: true, parse: (text) => parseEach(text, rule), schema: one };
}

/** What is written down for a variable. */
export interface VariableWords {
  readonly env: string;
  readonly officialFallbackEnv?: string;
  readonly value: string;
  readonly help: string;
}

/** A variable of an official provider that no flag and no key stands for. */
export function variableSetting<T>(
  { env, officialFallbackEnv, value, help }: VariableWords,
  rule: Rule<T>,
  fallback: NoInfer<T>,
): Setting<T> {
  const names = { flag: undefined, env, officialEnv: undefined, officialFallbackEnv, key: undefined };
  const plain = { defaultText: undefined, secretFile: false, list: false };
  return { ...names, ...plain, value, help, default: fallback, parse: rule.parse, schema: rule.schema };
}

function named(words: SettingWords) {
  const { flag, value, help, officialEnv, officialFallbackEnv, defaultText, notInFile, secretFile } = words;
  const key = flag.replaceAll(/-([a-z0-9])/gu, (_, letter: string) => letter.toUpperCase());
  const env = `KEYFERRY_${flag.toUpperCase().replaceAll("-", "_")}`;
  return {
    flag,
    env,
    officialEnv,
    officialFallbackEnv,
    key: notInFile === true ? undefined : key,
    value,
    help,
    defaultText,
    secretFile: secretFile === true,
  };
}

function parseEach<T>(text: string, rule: Rule<T>): Parsed<readonly T[]> {
  const values: T[] = [];
  for (const one of new Set(text.split(",").map((part) => part.trim()))) {
    if (one === "") continue;
    const parsed = rule.parse(one);
    if (parsed.kind === "problem") return parsed;
    values.push(parsed.value);
  }
  return { kind: "value", value: values };
}

/** The parsed values of all settings: all that the program behind the command line sees of them. */
export interface SettingValues {
  /** The value that was set, else the setting's default. */
  get<T>(setting: Setting<T>): T;
  /** Whether anything set it. */
  has(setting: Setting<unknown>): boolean;
}

/** A setting with a value that its own `parse` gave. */
export interface SetValue<T = unknown> {
  readonly setting: Setting<T>;
  readonly value: T;
}

/** Where nothing is set. */
export const defaultSettings: SettingValues = { get: (setting) => setting.default, has: () => false };

/** These values, and the defaults of all other settings. */
export function settingValues(set: readonly SetValue[]): SettingValues {
  const values = new Map<string, unknown>(set.map(({ setting: one, value }) => [one.env, value]));
  // The one cast that a map of values of many types needs: a variable's name belongs to one setting, as a test holds,
  // and SetValue binds each value to its setting's type.
  return {
    get: <T>(one: Setting<T>) => (values.has(one.env) ? (values.get(one.env) as T) : one.default),
    has: ({ env }) => values.has(env),
  };
}
