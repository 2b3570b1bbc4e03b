import { describe, expect, test } from "@jest/globals";
import { UsageError } from "../../../../src/cli/command.ts";
import { chooseSettings, serveSettings, variableOf } from "../../../../src/cli/serve/settings.ts";
import { parseServeOptions } from "../../../../src/cli/serve/options.ts";

interface Given {
  readonly flags?: Readonly<Record<string, readonly string[]>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: Readonly<Record<string, readonly string[]>>;
}

function choose({ flags = {}, env = {}, file = {} }: Given) {
  const written = { path: "c.yaml", values: new Map(Object.entries(file)) };
  return chooseSettings(serveSettings, new Map(Object.entries(flags)), env, written);
}

function parse(given: Given, terminal = false) {
  return parseServeOptions(choose(given), ["keyferry", "vault"], terminal);
}

describe("where a setting comes from", () => {
  const flags = { "mount-timeout": ["1s"] };
  const env = { KEYFERRY_MOUNT_TIMEOUT: "2s" };
  const file = { mountTimeout: ["3s"] };

  test.each([
    { is: "the flag first", given: { flags, env, file }, value: "1s", from: "--mount-timeout" },
    { is: "then the variable", given: { env, file }, value: "2s", from: "KEYFERRY_MOUNT_TIMEOUT" },
    { is: "then the file", given: { file }, value: "3s", from: "mountTimeout in c.yaml" },
    { is: "then the default", given: {}, value: "90s", from: "the default" },
    {
      is: "an empty variable is none",
      given: { env: { KEYFERRY_MOUNT_TIMEOUT: "" } },
      value: "90s",
      from: "the default",
    },
  ])("$is", ({ given, value, from }) => {
    expect(choose(given).get("mount-timeout")).toEqual({ values: [value], from });
  });

  test("several values come with commas, with flags, or both", () => {
    expect(parse({ flags: { serve: ["keyferry,vault", "keyferry"] } }).serve).toEqual(["keyferry", "vault"]);
    expect(parse({ env: { KEYFERRY_PROVIDERS_DIR: "/a,/b" } }).directories).toEqual(["/a", "/b"]);
    expect(parse({ file: { serve: ["vault", "keyferry"] } }).serve).toEqual(["vault", "keyferry"]);
  });

  test("every variable has its flag's name", () => {
    expect(variableOf(serveSettings[0])).toBe("KEYFERRY_PROVIDERS_DIR");
  });
});

describe("what a setting means", () => {
  test("the defaults", () => {
    expect(parse({})).toEqual({
      directories: ["/var/run/secrets-store-csi-providers"],
      serve: ["keyferry"],
      healthHost: "127.0.0.1",
      healthPort: 8080,
      mountTimeout: 90_000,
      mostBytes: 4_194_304,
      waitForSocket: 0,
      kubeconfig: undefined,
      logLevel: "info",
      logFormat: "json",
    });
    expect(parse({}, true).logFormat).toBe("text");
  });

  test("an IPv6 health address", () => {
    expect(parse({ flags: { "health-address": ["[::1]:0"] } })).toMatchObject({ healthHost: "::1", healthPort: 0 });
  });

  test.each([
    ["mount-timeout", "soon"],
    ["mount-timeout", "0s"],
    ["wait-for-socket", "soon"],
    ["max-response-bytes", "-1"],
    ["max-response-bytes", "4MiB"],
    ["health-address", "localhost"],
    ["health-address", ":8080"],
    ["health-address", "localhost:70000"],
    ["log-level", "loud"],
    ["log-format", "xml"],
    ["serve", "vaullt"],
    ["serve", ""],
  ])("--%s %s is refused with where it came from", (flag, value) => {
    expect(() => parse({ flags: { [flag]: [value] } })).toThrow(UsageError);
    expect(() => parse({ flags: { [flag]: [value] } })).toThrow(`--${flag}: `);
  });

  test("a provider that is not there gets the nearest one", () => {
    expect(() => parse({ flags: { serve: ["vaullt"] } })).toThrow("did you mean vault?");
  });
});
