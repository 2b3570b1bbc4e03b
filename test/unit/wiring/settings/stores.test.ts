import { describe, expect, test } from "@jest/globals";
import { azureSettings } from "../../../../src/stores/azure/settings.ts";
import { gcpSettings } from "../../../../src/stores/gcp/settings.ts";
import { sopsSettings } from "../../../../src/stores/sops/settings.ts";
import { vaultSettings } from "../../../../src/stores/vault/settings.ts";
import { builtIn } from "../../../../src/wiring/plugins.ts";
import { programSettings } from "../../../../src/wiring/settings/all.ts";
import { problemText, readSettings } from "../../../../src/wiring/settings/read.ts";

const { all } = programSettings(builtIn);

function read(flags: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const given = new Map(Object.entries(flags).map(([flag, text]) => [flag, [text]]));
  return readSettings(all, { flags: given, env, file: undefined });
}
const values = (...given: Parameters<typeof read>) => read(...given).values;

describe("what is set for stores", () => {
  test("nothing", () => {
    expect(azureSettings(values({}))).toMatchObject({
      cloudName: "",
      managedIdentity: [],
      chain: true,
      separate: false,
    });
    expect(gcpSettings(values({}))).toMatchObject({ providerCredentials: [], nodePublishSecret: false });
    expect(vaultSettings(values({}))).toMatchObject({ address: "", skipVerify: false, ca: "" });
    expect(sopsSettings(values({}))).toEqual({ refuseOlder: false });
  });

  test.each(["1", "t", "T", "TRUE", "true", "True"])("%s is true for every boolean", (text) => {
    const set = values({
      "azure-construct-pem-chain": "F",
      "azure-write-cert-and-key-in-separate-files": text,
      "gcp-node-publish-secret": text,
      "vault-tls-skip-verify": text,
      "sops-refuse-older": text,
    });
    expect(azureSettings(set)).toMatchObject({ chain: false, separate: true });
    expect(gcpSettings(set).nodePublishSecret).toBe(true);
    expect(vaultSettings(set).skipVerify).toBe(true);
    expect(sopsSettings(set).refuseOlder).toBe(true);
  });

  test("lists of namespaces, and addresses without their last slash", () => {
    const set = values({ "azure-managed-identity": "shop, team-*", "azure-vault-endpoint": "http://localhost:1/" });
    expect(azureSettings(set)).toMatchObject({
      managedIdentity: ["shop", "team-*"],
      endpoints: { vault: "http://localhost:1" },
    });
  });

  test("the variables of the official providers, below the flags", () => {
    const env = {
      AZURE_ENVIRONMENT_FILEPATH: "/etc/cloud.json",
      ALLOW_NODE_PUBLISH_SECRET: "T",
      PROJECT: "shop",
      GCE_METADATA_HOST: "127.0.0.1:8080",
      GAIA_TOKEN_EXCHANGE_ENDPOINT: "https://sts.test/v1/token",
      VAULT_ADDR: "https://env.test",
      VAULT_NAMESPACE: "team",
      VAULT_CACERT_BYTES: "PEM\nPEM",
      VAULT_AGENT_ADDR: "unix:///run/agent.sock",
    };
    const set = values({ "gcp-project": "other", "vault-addr": "https://flag.test" }, env);
    expect(azureSettings(set).cloudFile).toBe("/etc/cloud.json");
    expect(gcpSettings(set)).toMatchObject({
      nodePublishSecret: true,
      project: "other",
      endpoints: { metadata: "127.0.0.1:8080", tokenExchange: "https://sts.test/v1/token" },
    });
    expect(vaultSettings(set)).toMatchObject({
      address: "https://flag.test",
      namespace: "team",
      ca: "PEM\nPEM",
      agentAddress: "unix:///run/agent.sock",
    });
  });

  test("a CA of the flags replaces every form of one in the environment; verification is never switched back on", () => {
    const env = { VAULT_CACERT: "/env.pem", VAULT_CACERT_BYTES: "PEM", VAULT_SKIP_VERIFY: "true" };
    const set = vaultSettings(values({ "vault-tls-ca-directory": "/ca", "vault-tls-skip-verify": "false" }, env));
    expect(set).toMatchObject({ caFile: "", ca: "", caFolder: "/ca", skipVerify: true });
  });
});

describe("what is refused", () => {
  test.each([
    ["azure-cloud-name", "AzureMoonCloud"],
    ["azure-managed-identity", "Shop"],
    ["azure-construct-pem-chain", "no"],
    ["azure-vault-endpoint", "http://vault.test"],
    ["azure-token-proxy-url", "http://localhost:1"],
    ["azure-token-proxy-url", "nonsense"],
    ["azure-token-proxy-server-name", "https://a.test"],
    ["gcp-node-publish-secret", "maybe"],
    ["gcp-secret-manager-endpoint", "http://google.test"],
    ["gcp-metadata-host", "http://169.254.169.254"],
    ["gcp-provider-credentials", "a/b"],
    ["vault-addr", "not-a-url"],
    ["vault-addr", "https://user:word@vault.test"],
    ["vault-namespace", "täm"],
    ["vault-tls-skip-verify", "yes"],
    ["sops-refuse-older", "2"],
  ])("--%s %s", (flag, text) => {
    expect(read({ [flag]: text }).problems.map(problemText)).toEqual([expect.stringMatching(`^--${flag}: write `)]);
  });

  test.each([
    ["VAULT_ADDR", "nope", "VAULT_ADDR (--vault-addr): write "],
    ["VAULT_AGENT_ADDR", "nope", "VAULT_AGENT_ADDR: write "],
    ["VAULT_SKIP_VERIFY", "yes", "VAULT_SKIP_VERIFY: write "],
    ["ALLOW_NODE_PUBLISH_SECRET", "maybe", "ALLOW_NODE_PUBLISH_SECRET (--gcp-node-publish-secret): write "],
    ["GKE_WORKLOAD_IDENTITY_ENDPOINT", "x", "GKE_WORKLOAD_IDENTITY_ENDPOINT: write "],
    ["KEYFERRY_VAULT_TLS_SKIP_VERIFY", "yes", "KEYFERRY_VAULT_TLS_SKIP_VERIFY: write "],
  ])("%s=%s", (name, text, start) => {
    const [problem = ""] = read({}, { [name]: text }).problems.map(problemText);
    expect(problem.startsWith(start)).toBe(true);
  });
});
