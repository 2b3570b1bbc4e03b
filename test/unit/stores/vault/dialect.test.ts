import { describe, expect, test } from "@jest/globals";
import { defaultFileMode } from "../../../../src/model/file.ts";
import type { VaultParams, VaultRef } from "../../../../src/stores/vault/language.ts";
import { Issues } from "../../../../src/text/issues.ts";
import { connectedStores } from "../../../fakes/connected.ts";

interface Daemon {
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, string>>;
}

function parse(parameters: Readonly<Record<string, string>>, { env = {}, flags = {} }: Daemon = {}) {
  const dialect = connectedStores(flags, { env }).dialects.find(({ name }) => name === "vault");
  const issues = new Issues();
  const input = { parameters: new Map(Object.entries(parameters)), defaultMode: defaultFileMode };
  const plan = dialect?.parse(input, issues);
  return { plan, problems: issues.toError()?.message.split("\n") ?? [] };
}

const one = "- { objectName: f, secretPath: kv/a, secretKey: k }";
const paramsOf = (parameters: Readonly<Record<string, string>>, daemon: Daemon = {}) => {
  const { plan, problems } = parse({ roleName: "r", objects: one, ...parameters }, daemon);
  expect(problems).toEqual([]);
  return plan?.reads[0]?.candidates[0].store.params as VaultParams;
};
const requestOf = (fields: string) => {
  const { plan, problems } = parse({ roleName: "r", objects: `- { objectName: f, ${fields} }` });
  expect(problems).toEqual([]);
  return (plan?.reads[0]?.candidates[0].read.ref as VaultRef).request;
};

describe("settings", () => {
  test("nothing set: the official defaults", () => {
    expect(paramsOf({})).toEqual({
      addresses: ["https://127.0.0.1:8200"],
      namespace: "",
      authMount: "kubernetes",
      role: "r",
      audience: undefined,
      standardAudience: "vault",
      hmacSecret: "vault-csi-provider-hmac-key",
      client: { headers: {}, limit: 0, proxy: undefined },
      chosenBy: "operator",
      files: [],
      tls: { skipVerify: false },
    });
  });

  test.each([
    ["the environment", {}, {}, "http://env:1"],
    ["a flag before the environment", {}, { "vault-addr": "http://flag:1" }, "http://flag:1"],
    ["a parameter before both", { vaultAddress: "http://spc:1" }, { "vault-addr": "http://flag:1" }, "http://spc:1"],
    ["an empty parameter is none", { vaultAddress: "" }, { "vault-addr": "http://flag:1" }, "http://flag:1"],
  ])("%s", (_, parameters, flags, address) => {
    expect(paramsOf(parameters, { env: { VAULT_ADDR: "http://env:1" }, flags }).addresses).toEqual([address]);
  });

  test("an agent's address beats all", () => {
    const env = { VAULT_AGENT_ADDR: "unix:///run/agent.sock" };
    expect(paramsOf({ vaultAddress: "http://spc:1" }, { env }).addresses).toEqual(["unix:///run/agent.sock"]);
  });

  test("verification can be switched off by each layer, and on by none", () => {
    const on = (parameters: Readonly<Record<string, string>>, daemon: Daemon) =>
      paramsOf(parameters, daemon).tls.skipVerify;
    expect([
      on({ vaultSkipTLSVerify: "true" }, {}),
      on({ vaultSkipTLSVerify: "false" }, { flags: { "vault-tls-skip-verify": "true" } }),
      on({}, { env: { VAULT_SKIP_VERIFY: "1" } }),
      on({}, { env: { VAULT_SKIP_VERIFY: "no" } }),
    ]).toEqual([true, true, true, false]);
  });

  test("a CA of one layer replaces that of the one below, whatever its form", () => {
    const env = { VAULT_CACERT_BYTES: "PEM" };
    expect(paramsOf({ vaultCADirectory: "/certs" }, { env }).tls).toEqual({ caFolder: "/certs", skipVerify: false });
  });

  test("VAULT_TOKEN is not taken: it would make all pods one", () => {
    expect(JSON.stringify(paramsOf({}, { env: { VAULT_TOKEN: "root-token" } }))).not.toContain("root-token");
  });

  test.each([
    ["/team/jwt/", "team/jwt"],
    ["auth/jwt", "auth/jwt"],
    ["", "kubernetes"],
  ])("auth mount %j is %s", (vaultAuthMountPath, authMount) => {
    expect(paramsOf({ vaultAuthMountPath })).toMatchObject({ authMount });
    expect(paramsOf({ vaultKubernetesMountPath: vaultAuthMountPath })).toMatchObject({ authMount });
  });
});

describe("paths", () => {
  test.each([
    ["kv/a", "/v1/kv/a", ""],
    ["v1/kv/a", "/v1/kv/a", ""],
    ["/v1/kv/a", "/v1/kv/a", ""],
    ["/kv/a", "/v1/kv/a", ""],
    ["/v2/x", "/v1/v2/x", ""],
    ["kv//./b/../a/", "/v1/kv/a", ""],
    ["/v1/../sys/x", "/sys/x", ""],
    ["", "/v1", ""],
    ["kv/a?version=2", "/v1/kv/a", "version=2"],
    ["kv/a?", "/v1/kv/a", ""],
    ["kv/a?b=2&a=1&b=1&c", "/v1/kv/a", "a=1&b=2&b=1&c="],
    ["kv/a?x=a%20b+c%2Fd", "/v1/kv/a", "x=a+b+c%2Fd"],
    ["kv/a?x=%ff", "/v1/kv/a", "x=%FF"],
  ])("%j is %s with query %j", (text, path, query) => {
    expect(requestOf(`secretPath: ${JSON.stringify(text)}`)).toMatchObject({ path, query });
  });
});

describe("arguments", () => {
  test.each([
    ["{}", "{}"],
    ["{ common_name: t.example.com, ttl: 24h }", '{"common_name":"t.example.com","ttl":"24h"}'],
    ["{ a: yes, b: off, c: y }", '{"a":"yes","b":"off","c":"y"}'],
    ["{ a: True, b: ~, c: 0755, d: 10:30 }", '{"a":true,"b":null,"c":493,"d":"10:30"}'],
    ["{ a: 2.50, b: 1.0, c: 1e21, d: 18446744073709551615 }", '{"a":2.5,"b":1,"c":1e+21,"d":18446744073709551615}'],
    [
      "{ a: 2024-01-02, b: 2024-01-02T03:04:05.60+02:00 }",
      '{"a":"2024-01-02T00:00:00Z","b":"2024-01-02T03:04:05.6+02:00"}',
    ],
    ["{ z: [1, {b: <, a: x}], a: !!binary aGk= }", '{"a":"hi","z":[1,{"a":"x","b":"\\u003c"}]}'],
  ])("%s are sent as %s", (args, body) => {
    expect(requestOf(`secretPath: p, method: PUT, secretArgs: ${args}`).body).toBe(body);
  });

  test.each(["~", "null", ""])("%j is no body", (args) => {
    const { plan } = parse({ roleName: "r", objects: `- objectName: f\n  secretPath: p\n  secretArgs: ${args}` });
    expect((plan?.reads[0]?.candidates[0].read.ref as VaultRef).request.body).toBeUndefined();
  });
});

describe("what is refused", () => {
  test.each([
    ["no roleName", { roleName: "" }, /^parameter roleName: it is missing; name the role/],
    ["no objects", { objects: "" }, /^parameter objects: it lists no object/],
    ["only nulls", { objects: "- ~\n- null" }, /it lists no object/],
    ["the form of other providers", { objects: "array:\n  - a" }, /^parameter objects, line 1: it is not a list/],
    ["an entry that is a text", { objects: "- a" }, /^object 1 .*it is not a map of fields/],
    [
      "a quoted permission",
      { objects: '- { objectName: f, secretPath: p, filePermission: "0644" }' },
      /field filePermission/,
    ],
    [
      "a negative permission",
      { objects: "- { objectName: f, secretPath: p, filePermission: -1 }" },
      /field filePermission/,
    ],
    ["a key twice", { objects: "- { objectName: f, objectName: g }" }, /not valid YAML: duplicate key/],
    ["a tab", { objects: "\t- a" }, /not valid YAML/],
    [
      "one name twice",
      { objects: `${one}\n${one}` },
      /^object 2 "f", field objectName .*another object has the same name/,
    ],
    ["a path that leaves the volume", { objects: "- { objectName: ../f, secretPath: p }" }, /holds the element "\.\."/],
    ["a bad query", { objects: '- { objectName: f, secretPath: "p?a=%zz" }' }, /field secretPath/],
    ["a semicolon", { objects: '- { objectName: f, secretPath: "p?a;b" }' }, /field secretPath/],
    ["a method with a blank", { objects: '- { objectName: f, secretPath: p, method: "GET X" }' }, /field method/],
    [
      "an unknown encoding",
      { objects: "- { objectName: f, secretPath: p, secretKey: k, encoding: utf8 }" },
      /field encoding/,
    ],
    [
      "arguments that are a list",
      { objects: "- { objectName: f, secretPath: p, secretArgs: [a] }" },
      /field secretArgs/,
    ],
    [
      "a number key inside",
      { objects: "- { objectName: f, secretPath: p, secretArgs: { a: { 1: b } } }" },
      /cannot be sent as JSON/,
    ],
    [
      "an infinite argument",
      { objects: "- { objectName: f, secretPath: p, secretArgs: { a: .inf } }" },
      /cannot be sent as JSON/,
    ],
    ["skip verify as yes", { vaultSkipTLSVerify: "yes" }, /^parameter vaultSkipTLSVerify: it is not a boolean/],
    ["skip verify empty", { vaultSkipTLSVerify: "" }, /it is not a boolean/],
    ["two mounts", { vaultAuthMountPath: "", vaultKubernetesMountPath: "" }, /keep vaultAuthMountPath/],
    [
      "a certificate without key",
      { vaultTLSClientCertPath: "/c" },
      /^parameter vaultTLSClientCertPath: it stands alone/,
    ],
    [
      "an address without scheme",
      { vaultAddress: "vault:8200" },
      /^parameter vaultAddress: it does not start with https/,
    ],
    ["an address with a password", { vaultAddress: "https://u:hunter2@vault" }, /it holds a user name/],
  ])("%s", (_, change, message) => {
    const { plan, problems } = parse({ roleName: "r", objects: one, ...change });
    expect(plan).toBeUndefined();
    expect(problems.join("\n")).toMatch(message);
    expect(problems.join("\n")).not.toContain("hunter2");
  });

  test("every mistake at once, in the manifest's order", () => {
    const objects = "- { objectName: '', secretPath: p }\n- { objectName: g, secretPath: p, filePermission: x }";
    const { problems } = parse({ objects, vaultAddress: "x" });
    expect(problems).toHaveLength(4);
  });
});

test("an encoding without a key is not looked at", () => {
  expect(parse({ roleName: "r", objects: "- { objectName: f, secretPath: p, encoding: utf8 }" }).problems).toEqual([]);
});
