import { describe, expect, test } from "@jest/globals";
import { optionsOf } from "../../../../src/cli/setting-options.ts";
import { setting, type Setting } from "../../../../src/model/setting.ts";
import { carriedPlugin } from "../../../../src/stores/plugin.ts";
import { urlRule } from "../../../../src/text/url-rules.ts";
import { builtIn, dialectNames } from "../../../../src/wiring/plugins.ts";
import { programSettings } from "../../../../src/wiring/settings/all.ts";
import { daemonSettings } from "../../../../src/wiring/settings/daemon.ts";
import { readSettings } from "../../../../src/wiring/settings/read.ts";

const { all } = programSettings(builtIn);
const named = all.map((one) => [one.flag ?? one.env, one] as const);

describe("all settings", () => {
  test.each<[what: string, of: (setting: Setting<unknown>) => readonly (string | undefined)[]]>([
    ["flag", ({ flag }) => [flag]],
    ["key of the file", ({ key }) => [key]],
    ["variable, the official providers' included", ({ env, officialEnv }) => [env, officialEnv]],
  ])("no %s belongs to two", (_, of) => {
    const names = all.flatMap(of).filter((name) => name !== undefined);
    expect(names.length).toBeGreaterThan(30);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(named)("%s: help is one line, lower case, without a final stop", (_, { help, value }) => {
    expect(help).toMatch(/^(?:[a-z]|[A-Z]{2}|(?:[A-Z][a-z]+ )+(?:[a-z]|`))[^\n]*[^.\s]$/u);
    expect(value).toMatch(/^[A-Z]/u);
  });

  test.each(named.filter(([, { defaultText }]) => defaultText !== undefined))(
    "%s: the default that is shown is the default",
    (_, setting) => {
      expect(setting.parse(setting.defaultText ?? "")).toEqual({ kind: "value", value: setting.default });
    },
  );

  test("each store's are there", () => {
    const ofStores = builtIn.stores.flatMap(({ settings }) => settings);
    expect(ofStores.length).toBeGreaterThan(30);
    expect(ofStores.filter((setting) => !all.includes(setting))).toEqual([]);
  });
});

test("a store that is added brings its settings with it", () => {
  const own = setting({ flag: "acme-address", value: "URL", help: "server of acme" }, urlRule({ http: "no" }), "");
  const acme = { ...carriedPlugin("acme", () => Promise.reject(new Error("not loaded"))), settings: [own] };
  const settings = programSettings({ ...builtIn, stores: [...builtIn.stores, acme] }).all;
  const sources = { flags: new Map([["acme-address", ["https://a.test/"]]]), env: {}, file: undefined };
  expect(readSettings(settings, sources).values.get(own)).toBe("https://a.test");
  expect(optionsOf(settings).at(-1)).toEqual({
    flag: "acme-address",
    value: "URL",
    help: "server of acme",
    repeatable: false,
  });
});

describe("the daemon's own", () => {
  const daemon = daemonSettings(["keyferry", "vault"]);
  const own: readonly Setting<unknown>[] = Object.values({ ...daemon });
  const read = (flags: Readonly<Record<string, readonly string[]>>) =>
    readSettings(own, { flags: new Map(Object.entries(flags)), env: {}, file: undefined });

  test("an IPv6 health address", () => {
    expect(read({ "health-address": ["[::1]:0"] }).values.get(daemon.health)).toEqual({ host: "::1", port: 0 });
  });

  test("providers once each, in their order", () => {
    expect(read({ serve: ["vault,keyferry", "vault"] }).values.get(daemon.serve)).toEqual(["vault", "keyferry"]);
  });

  test("no key of object versions", () => {
    expect(read({ "hmac-secret-name": [""] }).values.get(daemon.hmacSecretName)).toBe("");
  });

  test.each([
    ["mount-timeout", "soon"],
    ["mount-timeout", "0s"],
    ["wait-for-socket", "soon"],
    ["max-response-bytes", "-1"],
    ["max-response-bytes", "0"],
    ["max-response-bytes", "4MiB"],
    ["health-address", "localhost"],
    ["health-address", "localhost:70000"],
    ["hmac-secret-name", "Not_A_Name"],
    ["log-level", "loud"],
    ["log-format", "xml"],
    ["providers-dir", ""],
    ["serve", "vaullt"],
    ["serve", ","],
  ])("--%s %s is refused", (flag, text) => {
    expect(read({ [flag]: [text] }).problems).toEqual([expect.objectContaining({ from: `--${flag}` })]);
  });

  test("a provider that is not there gets the nearest one", () => {
    expect(read({ serve: ["vaullt"] }).problems[0]?.problem).toMatch(
      /write one of keyferry, vault; did you mean vault\?/,
    );
  });

  test("the first dialect is served where nothing is said", () => {
    expect(read({}).values.get(daemonSettings(dialectNames(builtIn)).serve)).toEqual(["keyferry"]);
  });
});
