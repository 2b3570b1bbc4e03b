import { describe, expect, test } from "@jest/globals";
import { loadConfig } from "../../../src/config/load.ts";

/** The keys of a configuration with this one entry, or its problems. */
function read(entry: string): unknown {
  const reading = loadConfig(`keys:\n  - { name: k, file: /f, namespaces: [shop], ${entry} }\n`, "c.yaml", []);
  return reading.kind === "loaded" ? reading.config.keys[0] : reading.problems.join("\n");
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

  test.each([
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
