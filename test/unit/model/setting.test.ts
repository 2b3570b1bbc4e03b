import { describe, expect, test } from "@jest/globals";
import {
  defaultSettings,
  listSetting,
  setting,
  settingValues,
  variableSetting,
  type Rule,
} from "../../../src/model/setting.ts";

const digits: Rule<number> = {
  schema: { type: "integer" },
  parse: (text) =>
    /^\d+$/.test(text) ? { kind: "value", value: Number(text) } : { kind: "problem", problem: "write digits" },
};
const words = { flag: "max-response-bytes", value: "N", help: "how many" };

describe("setting", () => {
  test("has a flag, a variable and a key of one name", () => {
    const { flag, env, key, officialEnv } = setting({ ...words, officialEnv: "MAX" }, digits, 3);
    expect({ flag, env, key, officialEnv }).toEqual({
      flag: "max-response-bytes",
      env: "KEYFERRY_MAX_RESPONSE_BYTES",
      key: "maxResponseBytes",
      officialEnv: "MAX",
    });
  });

  test("can be kept out of the file, or be a variable only", () => {
    expect(setting({ ...words, notInFile: true }, digits, 3).key).toBeUndefined();
    const { flag, env, key } = variableSetting({ env: "VAULT_AGENT_ADDR", value: "URL", help: "" }, digits, 0);
    expect({ flag, env, key }).toEqual({ flag: undefined, env: "VAULT_AGENT_ADDR", key: undefined });
  });

  test("parses by its rule", () => {
    expect(setting(words, digits, 3).parse("12")).toEqual({ kind: "value", value: 12 });
    expect(setting(words, digits, 3).parse("x")).toEqual({ kind: "problem", problem: "write digits" });
  });
});

describe("a list", () => {
  const list = listSetting(words, digits, [7]);

  test.each([
    ["1,2", [1, 2]],
    [" 1 , 2 ,1", [1, 2]],
    ["", []],
    [",,3,", [3]],
  ])("%j", (text, value) => {
    expect(list.parse(text)).toEqual({ kind: "value", value });
  });

  test("is refused for one wrong value", () => {
    expect(list.parse("1,x,2")).toEqual({ kind: "problem", problem: "write digits" });
  });
});

describe("values", () => {
  const one = setting(words, digits, 3);
  const other = setting({ ...words, flag: "other" }, digits, 4);
  const maybe = setting<number | undefined>({ ...words, flag: "maybe" }, digits, 5);

  test("what was set, and defaults for the rest", () => {
    const values = settingValues([
      { setting: one, value: 9 },
      { setting: maybe, value: undefined },
    ]);
    expect([values.get(one), values.get(other), values.get(maybe)]).toEqual([9, 4, undefined]);
    expect(defaultSettings.get(one)).toBe(3);
  });
});
