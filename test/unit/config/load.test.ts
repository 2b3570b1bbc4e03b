import { describe, expect, test } from "@jest/globals";
import { defaultConfig } from "../../../src/config/config.ts";
import { isGranted, patternProblem } from "../../../src/config/grants.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { createMemoryStore } from "../../fakes/memory-store.ts";
import type { StoreKind } from "../../../src/model/store.ts";
import { builtIn } from "../../../src/wiring/plugins.ts";
import { programSettings } from "../../../src/wiring/settings/all.ts";
import { age } from "../../../src/keys/age/index.ts";
import { keyContext } from "../../fakes/config-context.ts";

const stores = [createMemoryStore() as StoreKind];

const { all: settings } = programSettings(builtIn);

describe("loadConfig", () => {
  test.each(["", "\n# only a comment\n", "{}"])("%j is the default", (text) => {
    expect(loadConfig(text, { ...keyContext, file: "c.yaml", stores, settings })).toEqual({
      kind: "loaded",
      config: defaultConfig,
      settings: new Map(),
    });
  });

  test("reads every section", () => {
    const text = `serve: [keyferry, vault]
mountTimeout: 60s
stores:
  - { name: team, kind: memory, address: "h:1", namespaces: [shop, team-*] }
keys:
  - { name: k, kind: age, file: /etc/k, namespaces: shop }
policy: { inlineStores: false, addresses: [a.example.com], files: [/etc/keyferry/vault] }
refresh: { interval: 5m, firstMount: 0s, staleOnError: 1h }
`;
    expect(loadConfig(text, { ...keyContext, file: "c.yaml", stores, settings })).toEqual({
      kind: "loaded",
      settings: new Map<string, unknown>([
        ["serve", { texts: ["keyferry", "vault"], line: 1 }],
        ["mountTimeout", { texts: ["60s"], line: 2 }],
      ]),
      config: {
        stores: [{ name: "team", store: stores[0], params: { address: "h:1" }, namespaces: ["shop", "team-*"] }],
        keys: [{ kind: age, source: { name: "k", kind: "age", file: "/etc/k", namespaces: ["shop"] } }],
        policy: { inlineStores: false, addresses: ["a.example.com"], files: ["/etc/keyferry/vault"] },
        refresh: { interval: 300_000, minInterval: 30_000, firstMount: 0, staleOnError: 3_600_000 },
      },
    });
  });

  test("reports every problem with its line", () => {
    const text = `serv: x
stores:
  - name: a
    kind: memry
    namespaces: []
  - { name: a, kind: memory, namespaces: ["Shop"], adress: x }
keys:
  - { kind: age }
policy: { inlineStores: maybe }
refresh: { interval: 5 }
`;
    const reading = loadConfig(text, { ...keyContext, file: "c.yaml", stores, settings });
    expect(reading).toMatchObject({ kind: "refused" });
    expect((reading as { problems: readonly string[] }).problems.map((line) => line.split(";")[0])).toEqual([
      "c.yaml:1: field serv: it is not a known field",
      'c.yaml:4: stores entry 1 "a", field kind: it is not a known value',
      'c.yaml:5: stores entry 1 "a", field namespaces: it is empty',
      'c.yaml:6: stores entry 2 "a", field name: another entry has the same name',
      'c.yaml:6: stores entry 2 "a", field namespaces: a pattern cannot be used: only lower-case letters, digits, - and * can be in it',
      'c.yaml:6: stores entry 2 "a", field adress: it is not a known field',
      "c.yaml:8: keys entry 1, field name: it is missing",
      "c.yaml:8: keys entry 1, field file: it is missing",
      "c.yaml:8: keys entry 1, field namespaces: it is missing",
      "c.yaml:9: policy, field inlineStores: it is neither true nor false",
      "c.yaml:10: refresh, field interval: it is not a duration",
    ]);
  });

  test.each(["[", "- a", "a: b: c"])("%j is refused with a line", (text) => {
    expect(loadConfig(text, { ...keyContext, file: "c.yaml", stores, settings })).toMatchObject({
      problems: [expect.stringMatching(/^c\.yaml:1: /u)],
    });
  });
});

describe("isGranted", () => {
  test.each([
    ["shop", "shop", true],
    ["shop", "shop2", false],
    ["team-*", "team-a", true],
    ["team-*", "a-team-a", false],
    ["*", "x", true],
    ["a*b*c", "a-b-c", true],
    ["ab*ba", "aba", false],
    [".*", "x", false],
  ])("%s for %s: %s", (pattern, namespace, granted) => {
    expect(isGranted([pattern], namespace)).toBe(granted);
  });

  test.each(["", "A", "a.b", "a".repeat(64), "a?"])("%j is no pattern", (pattern) => {
    expect(patternProblem(pattern)).toBeDefined();
  });

  test("an alias in the file means the nearest anchor before it: no key goes to another namespace", () => {
    const key = (name: string, namespaces: string) =>
      `  - { name: ${name}, kind: age, file: k, namespaces: ${namespaces} }\n`;
    const read = (text: string) => loadConfig(`keys:\n${text}`, { ...keyContext, file: "c.yaml", stores, settings });
    const both = key("one", "&team [pay]") + key("two", "&team [shop]") + key("three", "*team");
    expect(read(both)).toMatchObject({
      config: { keys: ["pay", "shop", "shop"].map((one) => ({ source: { namespaces: [one] } })) },
    });
    const early = key("one", "*team") + key("two", "&team [shop]");
    expect(read(early)).toMatchObject({ problems: [expect.stringContaining("an alias has no anchor before it")] });
  });
});
