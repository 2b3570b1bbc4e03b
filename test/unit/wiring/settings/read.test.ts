import { describe, expect, test } from "@jest/globals";
import { listSetting, setting, variableSetting } from "../../../../src/model/setting.ts";
import { booleanRule, durationRule, pathRule } from "../../../../src/text/rules.ts";
import { problemText, readSettings, type SettingSources } from "../../../../src/wiring/settings/read.ts";

const timeout = setting(
  { flag: "mount-timeout", value: "DURATION", help: "", officialEnv: "TIMEOUT" },
  durationRule(1),
  90_000,
);
const folders = listSetting({ flag: "providers-dir", value: "DIR", help: "" }, pathRule, ["/standard"]);
const skip = variableSetting({ env: "VAULT_SKIP_VERIFY", value: "BOOLEAN", help: "" }, booleanRule, false);
const all = [timeout, folders, skip];

interface Given {
  readonly flags?: Readonly<Record<string, readonly string[]>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: Readonly<Record<string, readonly string[]>>;
}

function read({ flags = {}, env = {}, file = {} }: Given) {
  const written = Object.entries(file).map(([key, texts], at) => [key, { texts, line: at + 1 }] as const);
  const sources: SettingSources = {
    flags: new Map(Object.entries(flags)),
    env,
    file: { path: "c.yaml", values: new Map(written) },
  };
  return readSettings(all, sources);
}

describe("where a setting comes from", () => {
  const flags = { "mount-timeout": ["1s"] };
  const env = { KEYFERRY_MOUNT_TIMEOUT: "2s", TIMEOUT: "4s" };
  const file = { mountTimeout: ["3s"] };

  test.each<{ is: string; given: Given; value: number }>([
    { is: "the flag first", given: { flags, env, file }, value: 1000 },
    { is: "then the variable", given: { env, file }, value: 2000 },
    { is: "then the file", given: { env: { TIMEOUT: "4s" }, file }, value: 3000 },
    { is: "then the official provider's variable", given: { env: { TIMEOUT: "4s" } }, value: 4000 },
    { is: "then the default", given: {}, value: 90_000 },
    { is: "an empty variable is none", given: { env: { KEYFERRY_MOUNT_TIMEOUT: "", TIMEOUT: "" } }, value: 90_000 },
    { is: "spaces around it do not count", given: { env: { KEYFERRY_MOUNT_TIMEOUT: " 2s\n" } }, value: 2000 },
  ])("$is", ({ given, value }) => {
    const { values, problems } = read(given);
    expect(problems).toEqual([]);
    expect(values.get(timeout)).toBe(value);
  });

  test.each<{ is: string; given: Given }>([
    { is: "flags given again", given: { flags: { "providers-dir": ["/a", "/b"] } } },
    { is: "commas in a flag", given: { flags: { "providers-dir": ["/a,/b"] } } },
    { is: "commas in a variable", given: { env: { KEYFERRY_PROVIDERS_DIR: "/a, /b," } } },
    { is: "a list in the file", given: { file: { providersDir: ["/a", "/b"] } } },
    { is: "commas in the file", given: { file: { providersDir: ["/a,/b"] } } },
  ])("several values: $is", ({ given }) => {
    expect(read(given).values.get(folders)).toEqual(["/a", "/b"]);
  });

  test("a variable that is no flag", () => {
    expect(read({ env: { VAULT_SKIP_VERIFY: "t" } }).values.get(skip)).toBe(true);
    expect(read({ flags: { VAULT_SKIP_VERIFY: ["t"] } }).values.get(skip)).toBe(false);
  });
});

describe("what does not parse", () => {
  test.each<{ given: Given; source: string; text: string }>([
    { given: { flags: { "mount-timeout": ["soon"] } }, source: "flag", text: "--mount-timeout: " },
    { given: { flags: { "mount-timeout": [""] } }, source: "flag", text: "--mount-timeout: " },
    { given: { env: { KEYFERRY_MOUNT_TIMEOUT: "soon" } }, source: "variable", text: "KEYFERRY_MOUNT_TIMEOUT: " },
    { given: { env: { TIMEOUT: "soon" } }, source: "variable", text: "TIMEOUT (--mount-timeout): " },
    { given: { file: { mountTimeout: ["soon"] } }, source: "file", text: "mountTimeout in c.yaml, line 1: " },
  ])("$text…", ({ given, source, text }) => {
    const { values, problems } = read(given);
    expect(problems.map((one) => [one.source, problemText(one)])).toEqual([
      [source, `${text}write a duration above zero, such as 90s`],
    ]);
    expect(values.get(timeout)).toBe(90_000);
  });

  test("all of it is found at once, and no text is repeated", () => {
    const { problems } = read({ flags: { "mount-timeout": ["hunter2"] }, env: { VAULT_SKIP_VERIFY: "hunter2" } });
    expect(problems).toHaveLength(2);
    expect(JSON.stringify(problems.map(problemText))).not.toContain("hunter2");
  });

  test("a value that another one beats is not looked at", () => {
    expect(read({ flags: { "mount-timeout": ["1s"] }, file: { mountTimeout: ["soon"] } }).problems).toEqual([]);
  });
});
