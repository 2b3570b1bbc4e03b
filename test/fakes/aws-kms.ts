import { startServer, type SmallServer } from "./small-server.ts";
import { unwrapAes } from "./unwrap-aes.ts";

interface DecryptRequest {
  readonly CiphertextBlob: string;
  readonly KeyId: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}

/** KMS and STS on one address; the key `transit-aes256` stands for every key of KMS. */
export interface FakeAws extends SmallServer {
  /** What Decrypt was asked. */
  readonly decrypts: DecryptRequest[];
  /** Forms that STS was asked. */
  readonly logins: URLSearchParams[];
  /** What KMS answers instead, as status and code. */
  refusal: readonly [number, string] | undefined;
}

/** Starts it. Requests without a signature of the right form are refused. */
export async function startAws(): Promise<FakeAws> {
  const decrypts: DecryptRequest[] = [];
  const logins: URLSearchParams[] = [];
  const own: Pick<FakeAws, "decrypts" | "logins" | "refusal"> = { decrypts, logins, refusal: undefined };
  const server = await startServer(({ headers, body }) => {
    const refuse = (status: number, code: string) => ({ status, body: JSON.stringify({ __type: `a.b#${code}` }) });
    if (headers["content-type"] === "application/x-www-form-urlencoded") {
      const form = new URLSearchParams(body);
      logins.push(form);
      if (form.get("RoleArn")?.endsWith("denied") === true) {
        return { status: 403, body: "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>" };
      }
      const action = form.get("Action") ?? "";
      const id = `ASIA${logins.length}`;
      return {
        body: `<${action}Response><${action}Result><Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t${logins.length}</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></${action}Result></${action}Response>`,
      };
    }
    const signature =
      /^AWS4-HMAC-SHA256 Credential=\w+\/\d{8}\/[\w-]+\/kms\/aws4_request, SignedHeaders=[\w;-]+, Signature=[0-9a-f]{64}$/;
    if (!signature.test(String(headers.authorization))) return refuse(400, "IncompleteSignatureException");
    if (own.refusal !== undefined) return refuse(...own.refusal);
    const asked = JSON.parse(body) as DecryptRequest;
    decrypts.push(asked);
    const plaintext = unwrapAes(Buffer.from(asked.CiphertextBlob, "base64"));
    if (plaintext === undefined) return refuse(400, "InvalidCiphertextException");
    return { body: JSON.stringify({ KeyId: asked.KeyId, Plaintext: plaintext.toString("base64") }) };
  });
  return Object.assign(own, server);
}
