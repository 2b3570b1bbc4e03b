import { constants, privateDecrypt } from "node:crypto";
import { readVector } from "../vectors/vectors.ts";
import { startServer, type Asked, type Reply, type SmallServer } from "./small-server.ts";
import { unwrapAes } from "./unwrap-aes.ts";

/** Google Cloud KMS and Azure Key Vault with the servers that give tokens for them, on one address. */
export async function startClouds(): Promise<SmallServer> {
  return startServer((asked) => {
    const path = asked.url.split("?", 1)[0] ?? "";
    if (path === "/google-token" || path.endsWith("/oauth2/v2.0/token")) {
      return json({ access_token: "cloud-token", expires_in: 3600 });
    }
    if (asked.headers.authorization !== "Bearer cloud-token")
      return json({ error: { status: "UNAUTHENTICATED" } }, 401);
    return path.startsWith("/v1/projects/") ? decryptGoogle(asked) : decryptAzure(asked);
  });
}

function decryptGoogle({ body }: Asked): Reply {
  const { ciphertext } = JSON.parse(body) as { readonly ciphertext: string };
  const plaintext = unwrapAes(Buffer.from(ciphertext, "base64"));
  if (plaintext === undefined) return json({ error: { status: "INVALID_ARGUMENT" } }, 400);
  return json({ plaintext: plaintext.toString("base64") });
}

function decryptAzure({ body }: Asked): Reply {
  const { alg, value } = JSON.parse(body) as { readonly alg: string; readonly value: string };
  const key = readVector("keys/azure-rsa-2048.pem");
  try {
    if (alg !== "RSA-OAEP-256") throw new Error("another algorithm");
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
    return json({ value: privateDecrypt({ key, ...padding }, Buffer.from(value, "base64url")).toString("base64url") });
  } catch {
    return json({ error: { code: "BadParameter" } }, 400);
  }
}

function json(value: unknown, status = 200): Reply {
  return { status, body: JSON.stringify(value) };
}
