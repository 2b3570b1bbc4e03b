import { describe, expect, test } from "@jest/globals";
import { loadConfig } from "../../../src/config/load.ts";
import { keyContext } from "../../fakes/config-context.ts";

/** The keys of a configuration with this one entry, or its problems. */
function read(entry: string): unknown {
  const reading = loadConfig(`keys:\n  - { name: k, file: /f, namespaces: [shop], ${entry} }\n`, {
    ...keyContext,
    file: "c.yaml",
    stores: [],
    settings: [],
  });
  return reading.kind === "loaded" ? reading.config.keys[0]?.source : reading.problems.join("\n");
}

const common = { name: "k", file: "/f", namespaces: ["shop"] };

describe("settings of keys", () => {
  test.each([
    ["kind: age", { kind: "age" }],
    ["kind: s5", { kind: "s5" }],
    ["kind: pgp", { kind: "pgp" }],
    ["kind: pgp, passphraseFile: /p", { kind: "pgp", passphraseFile: "/p" }],
    ["kind: ansible-vault, vaultId: dev", { kind: "ansible-vault", vaultId: "dev" }],
    ["kind: sealed-secrets", { kind: "sealed-secrets" }],
    ["kind: sealed-secrets, clusterWide: true", { kind: "sealed-secrets", clusterWide: true }],
    ["kind: sealed-secrets, strictName: service-account", { kind: "sealed-secrets", strictName: "service-account" }],
    ["kind: eyaml, acceptUnauthenticated: true", { kind: "eyaml", acceptUnauthenticated: true }],
  ])("%s", (entry, own) => {
    expect(read(entry)).toEqual({ ...common, ...own });
  });

  const transit = {
    kind: "vault-transit",
    address: "https://v:8200",
    mounts: ["transit"],
    keys: ["k"],
    vaultNamespace: "",
  };
  const aws = { kind: "aws-kms", arns: ["arn:aws:kms:*"], roles: [], endpoint: undefined, stsEndpoint: undefined };
  const google = { kind: "gcp-kms", resources: ["p"], endpoint: undefined, tokenEndpoint: undefined };
  const azure = {
    kind: "azure-key",
    vaults: ["https://v"],
    keys: ["k"],
    tenantId: "t",
    clientId: "c",
    audience: undefined,
    authority: "https://login.microsoftonline.com",
  };
  const identity = { role: "r", authMount: "kubernetes", audience: "vault" };
  const role = { roleArn: "arn:aws:iam::1:role/r", audience: "sts.amazonaws.com" };

  test.each<readonly [string, string, object]>([
    ["/t", "address: https://v:8200, keys: k", { ...transit, login: undefined }],
    ["''", "address: https://v:8200, keys: [k], role: r", { ...transit, login: identity }],
    ["/c", 'arns: "arn:aws:kms:*"', { ...aws, login: undefined }],
    ["''", 'arns: ["arn:aws:kms:*"], roleArn: "arn:aws:iam::1:role/r"', { ...aws, login: role }],
    ["/g", "resources: [p]", { ...google, login: undefined }],
    [
      "''",
      "resources: [p], workloadIdentityProvider: w",
      { ...google, login: { workloadIdentityProvider: "w", serviceAccount: undefined } },
    ],
    ["/s", "vaults: [https://v], keys: [k], tenantId: t, clientId: c", azure],
    [
      "''",
      "vaults: [https://v], keys: [k], tenantId: t, clientId: c",
      { ...azure, audience: "api://AzureADTokenExchange" },
    ],
  ])("a key in a service, credential %s: %s", (file, entry, remote) => {
    const kind = (remote as { readonly kind: string }).kind;
    const text = `keys:\n  - { name: k, file: ${file}, namespaces: [shop], kind: ${kind}, ${entry} }\n`;
    const reading = loadConfig(text, { ...keyContext, file: "c.yaml", stores: [], settings: [] });
    const key = reading.kind === "loaded" ? reading.config.keys[0]?.source : reading.problems;
    expect(key).toEqual({ ...common, kind, file: file.replaceAll("'", ""), ...remote });
  });

  test.each([
    ["kind: vault-transit, keys: [k]", "field address: it is missing"],
    ["kind: vault-transit, address: v, keys: [k]", "field address: it is not an address"],
    ['kind: vault-transit, address: "https://u:p@v", keys: [k]', "field address: it is not an address"],
    ["kind: vault-transit, address: https://v", "field keys: it is missing"],
    ["kind: vault-transit, address: https://v, keys: []", "field keys: it is empty"],
    ["kind: vault-transit, address: https://v, keys: [k], role: r", "field role: it has two credentials"],
    ["kind: aws-kms", "field arns: it is missing"],
    ["kind: aws-kms, arns: [key/1]", "field arns: an entry is not an ARN"],
    ['kind: aws-kms, arns: ["arn:aws:kms:*"], endpoint: kms', "field endpoint: it is not an address"],
    ["kind: eyaml", "field acceptUnauthenticated: eyaml does not protect values against changes"],
    ["kind: eyaml, acceptUnauthenticated: false", "field acceptUnauthenticated: eyaml does not protect"],
    ["kind: sealed-secret", "field kind: it is not a known value; did you mean sealed-secrets?"],
    ["kind: age, clusterWide: true", "field clusterWide: it is not a known field"],
    ["kind: sealed-secrets, clusterWide: yes", "field clusterWide: it is neither true nor false"],
    ["vaultId: x", "field kind: it is missing"],
  ])("%s is refused", (entry, problem) => {
    expect(read(entry)).toContain(problem);
  });
});
