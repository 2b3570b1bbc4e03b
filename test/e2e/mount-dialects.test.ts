import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { startAzure } from "../fakes/azure.ts";
import { startConjur } from "../fakes/conjur.ts";
import { startGcp } from "../fakes/gcp.ts";
import { startVault, vaultData } from "../fakes/vault.ts";

const main = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "main.js");

/** `keyferry mount` of one manifest, as somebody would on a laptop; what it said, its exit code and one file. */
async function mountOnce(provider: string, parameters: object, config: object, audience: string, file: string) {
  const folder = mkdtempSync(join(tmpdir(), "kf-cli-"));
  const write = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const manifest = {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: { name: "shop", namespace: "shop" },
    spec: { provider, parameters },
  };
  const target = join(folder, "volume");
  const words = ["mount", "-f", write("spc.yaml", JSON.stringify(manifest)), "--target", target];
  words.push("--config", write("keyferry.yaml", JSON.stringify(config)));
  words.push("--token", `${audience}=${write("token", "canary-laptop-token")}`);
  const child = spawn(process.execPath, [main, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  return { code, said, content: code === 0 ? readFileSync(join(target, file), "utf8") : "" };
}

test.each(["vault", "openbao"])("a manifest of provider %s", async (provider) => {
  const vault = await startVault();
  vault.routes.set("/v1/kv/a", vaultData({ k: "canary-value" }));
  const objects = "- { objectName: f, secretPath: kv/a, secretKey: k }";
  const config = { [`${provider}Addr`]: vault.url };
  const { code, said, content } = await mountOnce(provider, { roleName: "r", objects }, config, provider, "f");
  expect({ code, content }).toEqual({ code: 0, content: "canary-value" });
  expect(said).toMatch(/f\s+0?644\s+12/);
  expect(said).not.toMatch(/canary/);
  await vault.close();
});

test("a manifest of provider azure", async () => {
  const secrets = { db: [{ version: "1".repeat(32), enabled: true, created: 1, value: "canary-value" }] };
  const azure = await startAzure({ secrets, keys: {}, certificates: {} });
  const objects = "array:\n  - |\n    objectName: db\n    objectType: secret\n";
  const parameters = { keyvaultName: "shop", tenantID: "t", clientID: "c", objects };
  const config = { azureVaultEndpoint: azure.url, azureAuthorityEndpoint: azure.url };
  const result = await mountOnce("azure", parameters, config, "api://AzureADTokenExchange", "db");
  expect(result).toMatchObject({ code: 0, content: "canary-value" });
  expect(result.said).not.toMatch(/canary/);
  await azure.close();
});

test.each(["gcp", "gke"])("a manifest of provider %s", async (provider) => {
  const gcp = await startGcp();
  const secrets = "- { resourceName: projects/my-project/secrets/test/versions/latest, path: f }";
  const config = {
    gcpSecretManagerEndpoint: gcp.url,
    gcpTokenEndpoint: `${gcp.url}/v1/token`,
    gcpMetadataHost: gcp.url.replace("http://", ""),
  };
  const result = await mountOnce(provider, { secrets }, config, "my-project.svc.id.goog", "f");
  expect(result).toMatchObject({ code: 0, content: "My Secret" });
  expect(result.said).not.toMatch(/canary/);
  await gcp.close();
});

test("a manifest of provider conjur, whose list stands in the manifest since there is no pod", async () => {
  const conjur = await startConjur();
  const secrets = "- f: db-credentials/password";
  const parameters = { account: "myacct", applianceUrl: conjur.url, authnId: "authn-jwt/kube", secrets };
  const result = await mountOnce("conjur", parameters, {}, "conjur", "f");
  expect(result).toMatchObject({ code: 0, content: "Sup3rSecretP@ssword" });
  expect(result.said).not.toMatch(/Sup3r|canary/);
  await conjur.close();
});

test("a store that refuses is told, with exit code 1 and nothing written", async () => {
  const vault = await startVault();
  const objects = "- { objectName: f, secretPath: kv/none, secretKey: k }";
  const { code, said } = await mountOnce("vault", { roleName: "r", objects }, { vaultAddr: vault.url }, "vault", "f");
  expect(code).toBe(1);
  expect(said).toMatch(/404 nothing at kv\/none/);
  await vault.close();
});
