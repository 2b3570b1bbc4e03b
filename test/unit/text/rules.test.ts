import { describe, expect, test } from "@jest/globals";
import type { Rule } from "../../../src/model/setting.ts";
import {
  booleanRule,
  choiceRule,
  durationRule,
  hostRule,
  integerRule,
  linesRule,
  listenRule,
  namespaceRule,
  pathRule,
  patternRule,
  sizeRule,
  textRule,
} from "../../../src/text/rules.ts";
import { urlRule } from "../../../src/text/url-rules.ts";

const rules: Readonly<Record<string, Rule<unknown>>> = {
  boolean: booleanRule,
  duration: durationRule(),
  "duration above zero": durationRule(1),
  integer: integerRule(1, 10),
  size: sizeRule(64 << 20),
  choice: choiceRule(["info", "warn"], "level"),
  text: textRule,
  lines: linesRule,
  path: pathRule,
  pattern: patternRule(/^\d+$/u, "write digits"),
  namespace: namespaceRule,
  host: hostRule,
  listen: listenRule,
  https: urlRule({ http: "no" }),
  emulator: urlRule({ http: "loopback", placeholder: "{vault}" }),
  server: urlRule({ http: "any", unix: true }),
};

const parse = (name: string, text: string) => rules[name]?.parse(text);

describe("rules", () => {
  test.each<[rule: string, text: string, value: unknown]>([
    ["boolean", "True", true],
    ["boolean", "0", false],
    ["duration", "1m30s", 90_000],
    ["duration", "0s", 0],
    ["duration above zero", "1ms", 1],
    ["integer", "10", 10],
    ["size", "67108864", 64 << 20],
    ["size", "384Mi", 384 << 20],
    ["size", "2Gi", 2 * 2 ** 30],
    ["choice", "warn", "warn"],
    ["text", "", ""],
    ["text", "a b", "a b"],
    ["lines", "a\nb", "a\nb"],
    ["path", "/a b", "/a b"],
    ["pattern", "", ""],
    ["pattern", "12", "12"],
    ["namespace", "team-*", "team-*"],
    ["host", "vault.example.com", "vault.example.com"],
    ["host", "127.0.0.1", "127.0.0.1"],
    ["host", "::1", "::1"],
    ["host", "", ""],
    ["listen", "127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
    ["listen", "[::1]:8080", { host: "::1", port: 8080 }],
    ["https", "https://a.test:8200/prefix/", "https://a.test:8200/prefix"],
    ["https", "", ""],
    ["emulator", "http://localhost:1/{vault}", "http://localhost:1/{vault}"],
    ["emulator", "https://{vault}.test", "https://{vault}.test"],
    ["emulator", "http://[::1]:1", "http://[::1]:1"],
    ["server", "http://vault:8200", "http://vault:8200"],
    ["server", "unix:///run/agent.sock", "unix:///run/agent.sock"],
  ])("%s takes %j", (name, text, value) => {
    expect(parse(name, text)).toEqual({ kind: "value", value });
  });

  test.each<[rule: string, text: string]>([
    ["boolean", ""],
    ["boolean", "yes"],
    ["boolean", "maybe"],
    ["duration", "soon"],
    ["duration", ""],
    ["duration", "-1s"],
    ["duration above zero", "0s"],
    ["integer", "0"],
    ["integer", "11"],
    ["integer", "1e1"],
    ["integer", "4MiB"],
    ["integer", ""],
    ["size", "63Mi"],
    ["size", "384MB"],
    ["size", "1e9"],
    ["size", ""],
    ["choice", "loud"],
    ["choice", ""],
    ["text", "a\nb"],
    ["path", "/a\u0000"],
    ["pattern", "x"],
    ["namespace", "Shop"],
    ["namespace", "a/b"],
    ["namespace", "a".repeat(64)],
    ["host", "https://a.test"],
    ["host", "a b"],
    ["listen", "localhost"],
    ["listen", ":8080"],
    ["listen", "localhost:70000"],
    ["https", "http://a.test"],
    ["https", "http://localhost"],
    ["https", "not-a-url"],
    ["https", "https://"],
    ["https", "https://user:word@a.test"],
    ["https", "https://a.test?x=1"],
    ["https", "https://a.test#"],
    ["https", "https:a.test"],
    ["https", "https://a.test\\x"],
    ["emulator", "http://a.test"],
    ["server", "unix://run/agent.sock"],
    ["server", "ftp://a.test"],
  ])("%s refuses %j without repeating it", (name, text) => {
    const parsed = parse(name, text);
    expect(parsed).toEqual({ kind: "problem", problem: expect.stringMatching(/write /) });
    expect(text !== "" && JSON.stringify(parsed).includes(`"${text}"`)).toBe(false);
  });

  test("a near miss of a choice is hinted at", () => {
    expect(parse("choice", "warnn")).toEqual({
      kind: "problem",
      problem: "there is no such level; write one of info, warn; did you mean warn?",
    });
  });

  test.each(Object.entries(rules))("the schema of %s has expressions that Go's engine takes too", (_, { schema }) => {
    expect(JSON.stringify(schema)).not.toMatch(/\(\?[=!<]|\\\\p|\\\\[1-9]/);
  });
});
