import type { Written } from "../../config/load.ts";
import { settingValues, type SetValue, type Setting, type SettingValues } from "../../model/setting.ts";

/** Where settings are set. */
export interface SettingSources {
  /** Values of flags by name, as given. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: { readonly path: string; readonly values: ReadonlyMap<string, Written> } | undefined;
}

/** A setting that does not parse. */
export interface SettingProblem {
  readonly setting: Setting<unknown>;
  readonly source: "flag" | "variable" | "file";
  /** `--mount-timeout`, `KEYFERRY_MOUNT_TIMEOUT`, `VAULT_ADDR (--vault-addr)`,
   * or `mountTimeout in FILE, line 3`. */
  readonly from: string;
  /** What is wrong and what is allowed, without the text. */
  readonly problem: string;
}

/** Every setting parsed, once; what does not parse has its default, and a problem. */
export interface SettingReading {
  readonly values: SettingValues;
  readonly problems: readonly SettingProblem[];
}

interface Chosen {
  readonly text: string;
  readonly source: SettingProblem["source"];
  readonly from: string;
}

/**
 * Reads all settings: the flag beats the variable, the variable beats the configuration file, the file beats the
 * official provider's variable, and that the default. The only place that knows this order. An empty variable is none.
 */
export function readSettings(settings: readonly Setting<unknown>[], sources: SettingSources): SettingReading {
  const set: SetValue[] = [];
  const problems: SettingProblem[] = [];
  for (const setting of settings) {
    const chosen = choose(setting, sources);
    if (chosen === undefined) continue;
    const { source, from } = chosen;
    const parsed = setting.parse(chosen.text.trim());
    if (parsed.kind === "value") set.push({ setting, value: parsed.value });
    else problems.push({ setting, source, from, problem: parsed.problem });
  }
  return { values: settingValues(set), problems };
}

/** `--mount-timeout: write a duration …` */
export function problemText({ from, problem }: SettingProblem): string {
  return `${from}: ${problem}`;
}

function choose(setting: Setting<unknown>, { flags, env, file }: SettingSources): Chosen | undefined {
  const { flag, key } = setting;
  const given = flag === undefined ? undefined : flags.get(flag);
  if (flag !== undefined && given !== undefined) return { text: given.join(","), source: "flag", from: `--${flag}` };
  const own = variable(setting.env, env);
  if (own !== undefined) return own;
  const written = key === undefined ? undefined : file?.values.get(key);
  if (key !== undefined && file !== undefined && written !== undefined) {
    return { text: written.texts.join(","), source: "file", from: `${key} in ${file.path}, line ${written.line}` };
  }
  const official = officialVariable(setting, env);
  if (official === undefined || flag === undefined) return official;
  return { ...official, from: `${official.from} (--${flag})` };
}

/** Of two the first that is present, also an empty one, which then is none. */
function officialVariable(setting: Setting<unknown>, env: SettingSources["env"]): Chosen | undefined {
  const { flag, officialEnv, officialFallbackEnv } = setting;
  const first = officialEnv ?? (flag === undefined ? setting.env : undefined);
  if (first !== undefined && env[first] !== undefined) return variable(first, env);
  return officialFallbackEnv === undefined ? undefined : variable(officialFallbackEnv, env);
}

function variable(name: string, env: SettingSources["env"]): Chosen | undefined {
  const text = env[name];
  return text === undefined || text === "" ? undefined : { text, source: "variable", from: name };
}
