import { describe, expect, test } from "@jest/globals";
import { configSections, keyKinds, type ConfigField } from "../scripts/reference/configuration.ts";
import { loadConfig } from "../src/config/load.ts";
import { builtIn } from "../src/wiring/plugins.ts";
import { programSettings } from "../src/wiring/settings/all.ts";
import { connectedStores } from "./fakes/connected.ts";
import { keyContext } from "./fakes/config-context.ts";

const { stores } = connectedStores();
const { all: settings } = programSettings(builtIn);

function problemsOf(text: string): readonly string[] {
  const reading = loadConfig(text, { ...keyContext, file: "c", stores, settings });
  return reading.kind === "refused" ? reading.problems : [];
}

/** The fields that the parser knows where an unknown one stands. */
function knownAt(text: string): readonly string[] {
  const list = problemsOf(text).flatMap((problem) => /known fields: (.*)$/.exec(problem)?.[1] ?? [])[0] ?? "";
  return list.split(", ").toSorted();
}

const names = (fields: readonly ConfigField[]) => fields.map(({ name }) => name);
const entry = (fields: readonly ConfigField[], more: Readonly<Record<string, string>> = {}) =>
  [...fields.map(({ name, example }) => [name, example] as const), ...Object.entries(more)]
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ");

/** Ways to write a key: with a file, and with the pod's identity instead. */
const identities: Readonly<Record<string, string>> = {
  "vault-transit": "role",
  "aws-kms": "roleArn",
  "gcp-kms": "workloadIdentityProvider",
  "azure-key": "audience",
};

describe("docs/reference/configuration.md", () => {
  test("has every map and every setting of the file, and no other", () => {
    const known = [...Object.keys(configSections), ...settings.flatMap(({ key = [] }) => key)];
    expect(knownAt("unheardOfThing: 1\n")).toEqual(known.toSorted());
  });

  test.each(["policy", "refresh"] as const)("has every field of %s, and its examples are good", (section) => {
    const { fields } = configSections[section];
    expect(knownAt(`${section}: { unheardOfThing: 1 }\n`)).toEqual(names(fields).toSorted());
    expect(problemsOf(`${section}: { ${entry(fields)} }\n`)).toEqual([]);
  });

  test("has every field of stores besides those of the kind", () => {
    const known = knownAt("stores: [{ name: a, kind: sops, namespaces: [a], unheardOfThing: 1 }]\n");
    expect(known).toEqual(names(configSections.stores.fields).toSorted());
    expect(
      problemsOf(`stores: [{ ${entry(configSections.stores.fields)}, address: "https://x.test", role: r }]\n`),
    ).toEqual([]);
  });

  test("has every kind of key", () => {
    const [problem = ""] = problemsOf("keys: [{ name: a, file: f, namespaces: [a] }]\n").filter((one) =>
      one.includes("one of: "),
    );
    expect(problem.split("one of: ")[1]?.split(", ")).toEqual(Object.keys(keyKinds));
  });

  test.each(Object.keys(keyKinds))("has every field of a key of kind %s, and its examples are good", (kind) => {
    const own = keyKinds[kind]?.fields ?? [];
    const known = knownAt(`keys: [{ name: a, kind: ${kind}, unheardOfThing: 1 }]\n`);
    expect(known).toEqual(names([...configSections.keys.fields, ...own]).toSorted());
    const common = configSections.keys.fields.filter(({ name }) => name !== "kind" && name !== "file");
    const identity = identities[kind];
    const elsewhere = kind === "sealed-secrets" ? "controllerNamespace" : identity;
    const withFile = [...common, ...own.filter(({ name }) => name !== elsewhere)];
    expect(problemsOf(`keys: [{ ${entry(withFile, { kind, file: "f" })} }]\n`)).toEqual([]);
    if (elsewhere === undefined) return;
    expect(problemsOf(`keys: [{ ${entry([...common, ...own], { kind })} }]\n`)).toEqual([]);
  });

  test.each(
    Object.entries(keyKinds).flatMap(([kind, { fields }]) =>
      fields.filter(({ fallback }) => fallback === undefined).map(({ name }) => [kind, name] as const),
    ),
  )("a key of kind %s must have %s", (kind, name) => {
    const own = (keyKinds[kind]?.fields ?? []).filter((one) => one.name !== name && one.name !== identities[kind]);
    const text = `keys: [{ ${entry(own, { name: "a", kind, file: "f", namespaces: "[a]" })} }]\n`;
    expect(problemsOf(text)).toEqual([expect.stringContaining(`field ${name}`)]);
  });
});
