import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { inOrder } from "../../../../src/cli/lint/finding.ts";
import { readManifests } from "../../../../src/cli/lint/manifest.ts";
import { isSourcePath } from "../../../../src/cli/lint/secret-sync.ts";

const text = `apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata:
  name: web
  namespace: shop
  labels:
    app: web
spec:
  provider: vault
  parameters:
    roleName: r
    objects: |
      - objectName: a
  secretObjects:
  - secretName: s
    type: Opaque
    data:
    - objectName: a
      key: k
`;

/** \`line:column rule field: problem; fix\` of every mistake. */
function mistakesOf(manifest: string): readonly string[] {
  const { classes, syncs, mistakes } = readManifests(manifest);
  const all = [...mistakes, ...classes.flatMap((one) => one.mistakes), ...syncs.flatMap((one) => one.mistakes)];
  return inOrder(all).map(({ line, column, rule, field, problem, fix }) => {
    return `${line}:${column} ${rule} ${field ?? ""}: ${problem}; ${fix}`;
  });
}

const texts = "and the API server takes only texts here; put quotes around it";

describe("a SecretProviderClass", () => {
  test("that is right has no mistake", () => expect(mistakesOf(text)).toEqual([]));

  test.each([
    // types
    ["roleName: r", "roleName: true", `11:15 field-type spec.parameters.roleName: it is a boolean, ${texts}`],
    ["roleName: r", "roleName: on", `11:15 field-type spec.parameters.roleName: it is a boolean, ${texts}`],
    ["roleName: r", "roleName: 0x1F", `11:15 field-type spec.parameters.roleName: it is a number, ${texts}`],
    ["roleName: r", "roleName: 1_000", `11:15 field-type spec.parameters.roleName: it is a number, ${texts}`],
    [
      "roleName: r",
      "roleName:",
      '11:14 field-type spec.parameters.roleName: it is empty, and the API server takes only texts here; write "" for an empty text, or remove it',
    ],
    [
      "roleName: r",
      "roleName: [r]",
      '11:15 field-type spec.parameters.roleName: it is a list, not a text; write it as a block of text: put "|" after the colon',
    ],
    [
      "roleName: r",
      "on: r",
      "11:5 field-type spec.parameters.on: kubectl takes this name for true or false; put quotes around it",
    ],
    ["key: k", "key: 1", `19:12 field-type spec.secretObjects[0].data[0].key: it is a number, ${texts}`],
    ["app: web", "app: 1", `7:10 field-type metadata.labels.app: it is a number, ${texts}`],
    ["name: web", "name: 12", `4:9 field-type metadata.name: it is a number, ${texts}`],
    [
      "    - objectName: a\n      key: k",
      "      a: k",
      '18:7 field-type spec.secretObjects[0].data: it is a map, not a list; start each entry with "- "',
    ],
    // names
    [
      "name: web",
      "name: Web_1",
      "4:9 name-invalid metadata.name: Kubernetes does not allow this name: it holds upper-case letters; write for example web-1",
    ],
    [
      "namespace: shop",
      "namespace: a.b",
      "5:14 name-invalid metadata.namespace: Kubernetes does not allow this name: it holds a dot; write for example a.b",
    ],
    [
      "secretName: s",
      "secretName: S_x",
      "15:17 name-invalid spec.secretObjects[0].secretName: Kubernetes does not allow this name: it holds upper-case letters; write for example s-x",
    ],
    [
      "app: web",
      "app: -x",
      "7:10 label-invalid metadata.labels.app: the value is not allowed: it must be letters, digits, dashes, underscores and dots, with a letter or digit at both ends; write it as the message says",
    ],
    [
      "app: web",
      "a/b/c: x",
      "7:5 label-invalid metadata.labels: a name is not allowed: it holds more than one slash; write a name such as team or example.com/team",
    ],
    [
      "key: k",
      "key: k/v",
      "19:12 secret-key-invalid spec.secretObjects[0].data[0].key: a Secret cannot have this key: it holds a slash; use letters, digits, dashes, underscores and dots",
    ],
    // fields
    [
      "  namespace: shop",
      "  namespce: shop",
      "5:3 field-unknown metadata.namespce: it is not a known field; did you mean namespace?",
    ],
    [
      "secretName: s",
      "secretname: s",
      "15:5 field-unknown spec.secretObjects[0].secretname: it is not a known field; did you mean secretName?",
    ],
    [
      "provider: vault",
      "Provider: vault",
      "9:3 field-unknown spec.Provider: it is not a known field; did you mean provider?",
    ],
    [
      "  provider: vault",
      "  provider: vault\n  provider: gcp",
      "10:3 field-twice spec.provider: it is there twice; keep one of them",
    ],
    [
      "    roleName: r",
      "    roleName: r\n    roleName: s",
      "12:5 field-twice spec.parameters.roleName: it is there twice; keep one of them",
    ],
    ["  name: web\n", "", "4:3 field-missing metadata.name: it is missing; add name"],
    ["    type: Opaque\n", "", "15:5 field-missing spec.secretObjects[0].type: it is missing; add type"],
    ["provider: vault", 'provider: ""', "9:13 field-missing spec.provider: it is empty; add provider"],
    // places
    [
      "    roleName: r",
      "    roleName: r\n    secretObjects:\n    - secretName: t",
      "12:5 field-misplaced spec.parameters.secretObjects: secretObjects belongs below spec, not below spec.parameters; move it there, indented below spec",
    ],
    [
      "  parameters:\n    roleName: r\n    objects: |",
      "  objects: |",
      "10:3 field-misplaced spec.objects: objects belongs below spec.parameters; move it there, indented below spec.parameters",
    ],
    [
      "    data:",
      "  data:",
      "17:3 field-misplaced spec.data: data belongs below an entry of spec.secretObjects; move it there, indented below an entry of spec.secretObjects",
    ],
    // versions
    [
      "kind: SecretProviderClass",
      "kind: secretProviderClass",
      "2:7 kind-unknown kind: the API group secrets-store.csi.x-k8s.io has no such kind; write SecretProviderClass",
    ],
    [
      "x-k8s.io/v1",
      "k8s.io/v1",
      "1:13 api-version-unknown apiVersion: SecretProviderClass has no such apiVersion; write secrets-store.csi.x-k8s.io/v1",
    ],
    // Secrets
    [
      "type: Opaque",
      "type: opaque",
      "16:11 secret-type-unusual spec.secretObjects[0].type: it is no type that Kubernetes knows, and is then not checked by it; did you mean Opaque?",
    ],
    [
      "type: Opaque",
      "type: kubernetes.io/dockerconfigjson",
      "16:11 secret-type-keys spec.secretObjects[0].type: a Secret of type kubernetes.io/dockerconfigjson needs the key .dockerconfigjson; add a data entry with key .dockerconfigjson",
    ],
    [
      "type: Opaque",
      "type: kubernetes.io/basic-auth",
      "16:11 secret-type-keys spec.secretObjects[0].type: a Secret of type kubernetes.io/basic-auth needs one of the keys username, password; add a data entry with key username or password",
    ],
    [
      "    data:",
      "    data:\n    - { objectName: a, key: k }",
      "20:12 secret-key-twice spec.secretObjects[0].data[1].key: the Secret has this key twice; the later value stays; keep one of them",
    ],
  ])("%j → %j", (part, written, line) => {
    expect(mistakesOf(text.replace(part, written))).toEqual([line]);
  });

  test("whose fields stand beside spec has one mistake", () => {
    const flat = text.replace(/^spec:\n/mu, "spec:\n").replace(/^ {2}(?=provider|parameters|secretObjects)/gmu, "");
    expect(mistakesOf(flat)).toEqual([
      "9:1 field-misplaced provider: provider, parameters, secretObjects belong below spec; move them there, indented below spec",
    ]);
  });

  test("a TLS Secret takes two keys, and no others", () => {
    const tls = text.replace("Opaque", "kubernetes.io/tls").replace("key: k", "key: cert");
    expect(mistakesOf(tls)).toEqual([
      "16:11 secret-type-keys spec.secretObjects[0].type: a Secret of type kubernetes.io/tls needs the key tls.key; add a data entry with key tls.key",
      "19:12 secret-type-keys spec.secretObjects[0].data[0].key: a Secret of type kubernetes.io/tls can only have the keys tls.crt and tls.key; did you mean tls.crt?",
    ]);
    const both = text
      .replace("Opaque", "kubernetes.io/tls")
      .replace("key: k", "key: tls.crt\n    - objectName: a\n      key: tls.key");
    expect(mistakesOf(both)).toEqual([]);
  });

  test("takes merge keys, own fields before merged ones", () => {
    const merged = `x: &base { roleName: base, vaultAddress: http://v }\n${text}`.replace(
      "    roleName: r",
      "    <<: *base\n    roleName: own",
    );
    expect(mistakesOf(merged)).toEqual([
      "1:1 field-unknown x: it is not a known field; known fields: apiVersion, kind, metadata, spec, status",
    ]);
    const [one] = readManifests(merged).classes;
    expect(one?.parameters.get("roleName")).toBe("own");
    expect(one?.parameters.get("vaultAddress")).toBe("http://v");
  });

  test.each([
    ["an alias without anchor", "roleName: *none", "yaml-invalid"],
    ["<< of a text", "<<: text", "yaml-invalid"],
  ])("%s is told", (_, written, rule) => {
    expect(mistakesOf(text.replace("roleName: r", written)).join("\n")).toContain(rule);
  });

  test("that generators write is right", () => {
    const generated = text
      .replace("  name: web", "  name: web\n  creationTimestamp: null\n  annotations:")
      .concat("status: {}\n");
    expect(mistakesOf(generated)).toEqual([]);
  });
});

const sync = `apiVersion: secret-sync.x-k8s.io/v1alpha1
kind: SecretSync
metadata:
  name: web
spec:
  secretProviderClassName: web
  serviceAccountName: default
  secretObject:
    type: Opaque
    labels:
      app: web
    data:
    - sourcePath: a
      targetKey: k
`;

describe("a SecretSync", () => {
  test("that is right has no mistake", () => expect(mistakesOf(sync)).toEqual([]));

  test.each([
    [
      "sourcePath: a",
      "sourcePath: conf/db",
      /^13:19 sync-path-invalid .*cannot name a file in a folder; give the object another path/u,
    ],
    ["sourcePath: a", "sourcePath: a__b", /sync-path-invalid .*single dots and underscores/u],
    [
      "targetKey: k",
      "key: k",
      /^14:7 field-unknown spec\.secretObject\.data\[0\]\.key: it is not a known field; did you mean targetKey\?/u,
    ],
    ["  serviceAccountName: default\n", "", /field-missing spec\.serviceAccountName/u],
    ["serviceAccountName: default", "serviceAccountName: Default", /name-invalid spec\.serviceAccountName/u],
    ["app: web", "secrets-store.sync.x-k8s.io/x: web", /label-invalid .*controller's own/u],
    ["v1alpha1", "v1", /api-version-unknown apiVersion: SecretSync has no such apiVersion; write secret-sync/u],
    ["type: Opaque", "type: kubernetes.io/tls", /secret-type-keys/u],
    ["kind: SecretSync", "kind: SecretSnyc", /kind-unknown kind: .*write SecretSync/u],
  ])("%j → %j", (part, written, line) => {
    expect(mistakesOf(sync.replace(part, written)).join("\n")).toMatch(line);
  });

  test.each(["a", ".dockerconfigjson", "a-b", "ab.c_d", "a/0", "a/0/12", "a--b", "1"])("takes the path %s", (path) => {
    expect(mistakesOf(sync.replace("sourcePath: a", `sourcePath: "${path}"`))).toEqual([]);
  });

  test.each(["a/", "/a", "a/b", "a..b", "a.b_c", "-a", "a_", "a b", "a".repeat(254)])("refuses the path %s", (path) => {
    expect(mistakesOf(sync.replace("sourcePath: a", `sourcePath: "${path}"`))).toHaveLength(1);
  });

  test("agrees with the pattern of the custom resource definition", () => {
    const pattern = /^[A-Za-z0-9.]([-A-Za-z0-9]+([-._a-zA-Z0-9]?[A-Za-z0-9])*)?(\/([0-9]+))*$/u;
    const texts = fc.string({ unit: fc.constantFrom("a", "B", "1", "-", ".", "_", "/", " "), maxLength: 12 });
    fc.assert(
      fc.property(texts, (path) => isSourcePath(path) === pattern.test(path)),
      { numRuns: 5000 },
    );
  });

  test("takes time in proportion to a path", () => {
    const started = performance.now();
    mistakesOf(sync.replace("sourcePath: a", `sourcePath: "a${"-a".repeat(120)}!"`));
    expect(performance.now() - started).toBeLessThan(500);
  });
});
