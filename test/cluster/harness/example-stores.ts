import { generateKeyPairSync } from "node:crypto";
import { startAzure, type FakeVaultContent } from "../../fakes/azure.ts";
import { startGcp } from "../../fakes/gcp.ts";
import { startVault, vaultData } from "../../fakes/vault.ts";
import { certificatePem } from "./certificate.ts";
import type { Stage } from "./suite.ts";

/** Servers that hold what the manifests of `examples/` ask for. */
export interface ExampleStores {
  /** Variables that make the daemon ask them. */
  readonly variables: Readonly<Record<string, string>>;
  /** A manifest with the addresses that it spells out replaced. */
  readdressed(text: string): string;
  /** Folders of `examples/` whose manifests find what they ask for. */
  readonly folders: ReadonlySet<string>;
}

/** Starts one server for each kind of store; they end with the stage. */
export async function startExampleStores(stage: Stage): Promise<ExampleStores> {
  const [vault, azure, gcp] = await Promise.all([startVault(), startAzure(keyVaultContent()), startGcp()]);
  for (const server of [vault, azure, gcp]) stage.after(server.close);
  vault.routes
    .set("/v1/secret/data/shop/db", vaultData({ data: { username: "ada", password: "pw" }, metadata: { version: 1 } }))
    .set("/v1/secret/data/shop/licence", vaultData({ data: { key: "L-1" }, metadata: { version: 3 } }))
    .set(
      "/v1/database/creds/shop",
      vaultData({ username: "u1", password: "p1" }, { lease_id: "database/creds/shop/1", lease_duration: 600 }),
    )
    .set("/v1/pki/issue/web", vaultData({ certificate: "C", private_key: "K", issuing_ca: "A" }));
  gcp.secrets
    .set("db", Buffer.from('{"password":"pw"}'))
    .set("licence", Buffer.from("L-1"))
    .set("smtp", Buffer.from('{"user":"ada"}'));
  return {
    variables: {
      KEYFERRY_AZURE_VAULT_ENDPOINT: azure.url,
      KEYFERRY_AZURE_AUTHORITY_ENDPOINT: azure.url,
      KEYFERRY_GCP_SECRET_MANAGER_ENDPOINT: gcp.url,
      KEYFERRY_GCP_PARAMETER_MANAGER_ENDPOINT: gcp.url,
      KEYFERRY_GCP_TOKEN_ENDPOINT: `${gcp.url}/v1/token`,
      KEYFERRY_GCP_IAM_CREDENTIALS_ENDPOINT: gcp.url,
      KEYFERRY_GCP_METADATA_HOST: gcp.url.replace("http://", ""),
    },
    readdressed: (text) => text.replaceAll("https://vault.example.com:8200", vault.url),
    folders: new Set(["vault", "azure", "gcp", "sync-controller"]),
  };
}

function keyVaultContent(): FakeVaultContent {
  const pem = certificatePem();
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const version = { version: "226f745504314d5ddd58f68dd97bb8ba", enabled: true, created: 1 };
  return {
    secrets: {
      "db-password": [{ ...version, value: "pw" }],
      "shop-tls": [{ ...version, value: pem, contentType: "application/x-pem-file" }],
    },
    keys: {
      signing: [
        { ...version, jwk: { ...(publicKey.export({ format: "jwk" }) as Record<string, string>), kty: "RSA" } },
      ],
    },
    certificates: { "shop-tls": [{ ...version, cer: derOf(pem) }] },
  };
}

/** The certificate of a PEM text, as base64 of its DER form. */
function derOf(pem: string): string {
  return /-----BEGIN CERTIFICATE-----([^-]+)/.exec(pem)?.[1]?.replaceAll("\n", "") ?? "";
}
