import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import Ajv from "ajv";
import { parse, parseAllDocuments } from "yaml";
import { builtIn } from "../src/wiring/plugins.ts";
import { programSettings } from "../src/wiring/settings/all.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (file: string) => readFileSync(join(root, file), "utf8");

function validator(file: string): (value: unknown) => readonly string[] {
  const ajv = new Ajv({ allErrors: true, unknownFormats: "ignore" });
  const validate = ajv.compile(JSON.parse(read(file)) as object);
  return (value) => {
    void validate(value);
    return (validate.errors ?? []).map(({ dataPath, message }) => `${dataPath}: ${message ?? ""}`);
  };
}

const config = validator("deploy/schema/keyferry-config.schema.json");
const manifest = validator("deploy/schema/secretproviderclass.schema.json");
const values = validator("deploy/helm/keyferry/values.schema.json");

/** YAML files below a folder, and YAML blocks of Markdown files, each with its place. */
function yamlBelow(folder: string): readonly (readonly [place: string, value: unknown])[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => /\.(?:ya?ml|md)$/u.test(file))
    .flatMap((file) => {
      const text = read(join(folder, file));
      const blocks = file.endsWith(".md")
        ? [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gmu)].map(([, block]) => block)
        : [text];
      return blocks.flatMap((block = "", at) =>
        parseAllDocuments(block)
          .filter(({ errors }) => errors.length === 0)
          .map((document) => [`${folder}/${file} ${at + 1}`, document.toJS() as unknown] as const),
      );
    });
}

const everyYaml = [...yamlBelow("examples"), ...yamlBelow("docs")];
const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
const manifests = everyYaml.filter(
  ([, value]) => fieldOf(value, "kind") === "SecretProviderClass" && fieldOf(value, "spec") !== undefined,
);
const sections = ["keys", "policy", "refresh"];
const configs = everyYaml.filter(
  ([, value]) => sections.some((name) => fieldOf(value, name) !== undefined) && fieldOf(value, "kind") === undefined,
);

describe("the operator configuration", () => {
  test("there are examples", () => expect(configs.length).toBeGreaterThan(5));

  test.each(configs)("%s", (_, value) => {
    expect(config(value)).toEqual([]);
  });

  test.each([
    "",
    "serve: keyferry,vault",
    "serve: [keyferry]",
    "{ mountTimeout: 1m30s, waitForSocket: 0, maxResponseBytes: 1024, vaultTlsSkipVerify: True }",
    "stores: [{ name: a, kind: vault, address: 'https://v.test', role: r, namespaces: shop }]",
    "keys: [{ name: a, kind: sealed-secrets, controllerNamespace: kube-system, namespaces: ['*'] }]",
  ])("%s is taken", (text) => {
    expect(config(parse(text))).toEqual([]);
  });

  test.each([
    "refesh: { interval: 5m }",
    "refresh: { intervall: 5m }",
    "keys: [{ nme: prod, kind: age, file: f, namespaces: [a] }]",
    "keys: [{ name: prod, kind: age, file: f, namespaces: [a], vaultId: x }]",
    "keys: [{ name: prod, kind: agee, file: f, namespaces: [a] }]",
    "keys: [{ name: prod, kind: age, file: f, namespaces: [] }]",
    "keys: [{ name: prod, kind: age, file: f }]",
    "stores: [{ name: a, kind: vault, adress: 'https://v.test', namespaces: [a] }]",
    "stores: [{ name: a, kind: vualt, namespaces: [a] }]",
    "mountTimeout: soon",
    "mountTimeout: 90",
    "maxResponseBytes: 4MiB",
    "vaultTlsSkipVerify: 'yes'",
    "vaultAddr: not-a-url",
    "azureManagedIdentity: [Shop]",
    "serve: [vualt]",
    "logLevel: loud",
    "[]",
  ])("%s is refused", (text) => {
    expect(config(parse(text))).not.toEqual([]);
  });

  test.each(programSettings(builtIn).all.filter(({ defaultText }) => defaultText !== undefined))(
    "$key: its default may be written down",
    ({ key = "", defaultText }) => {
      expect(config({ [key]: defaultText })).toEqual([]);
    },
  );
});

describe("manifests", () => {
  test("there are examples", () => expect(manifests.length).toBeGreaterThan(10));

  test.each(manifests)("%s", (_, value) => {
    expect(manifest(value)).toEqual([]);
  });

  const one = (spec: string) =>
    parse(
      `{ apiVersion: secrets-store.csi.x-k8s.io/v1, kind: SecretProviderClass, metadata: { name: a }, spec: ${spec} }`,
    ) as unknown;

  test.each([
    "{ provider: vualt }",
    "{ parameters: {} }",
    "{ provider: vault, parameter: {} }",
    "{ provider: vault, parameters: { roleName: true } }",
    "{ provider: azure, parameters: { objects: [] } }",
    "{ provider: keyferry, secretObjects: [{ secretname: a }] }",
  ])("spec %s is refused", (spec) => {
    expect(manifest(one(spec))).not.toEqual([]);
  });

  test("every provider's parameters are known by name", () => {
    const schema = read("deploy/schema/secretproviderclass.schema.json");
    for (const name of [
      "roleName",
      "vaultAddress",
      "keyvaultName",
      "tenantId",
      "secrets",
      "objects",
      "refreshInterval",
    ]) {
      expect(schema).toContain(`"${name}": {`);
    }
  });
});

describe("the chart's values", () => {
  const files = readdirSync(join(root, "deploy", "helm", "keyferry", "ci")).map((name) => `ci/${name}`);

  test.each(["values.yaml", "values-kind.yaml", "values-sync-controller.yaml", ...files])("%s", (file) => {
    expect(values(parse(read(`deploy/helm/keyferry/${file}`)))).toEqual([]);
  });

  test.each([
    "config: { refesh: { interval: 5m } }",
    "config: { keys: [{ nme: prod, kind: age, file: f, namespaces: [a] }] }",
    "config: { vaultTlsSkipVerify: maybe }",
    "daemon: { mountTimeout: 1.5s }",
    "daemon: { logLevel: loud }",
    "sockets: { vautl: true }",
  ])("%s is refused", (text) => {
    expect(values(parse(text))).not.toEqual([]);
  });
});
