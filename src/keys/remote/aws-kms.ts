import { callWithCredentials } from "../../identity/aws/attempts.ts";
import { awsEndpoint, type AwsEndpoints } from "../../identity/aws/endpoints.ts";
import { AwsFault, outageOf, type AwsRefusal } from "../../identity/aws/fault.ts";
import type { AwsNetwork, ClientUse } from "../../identity/aws/sdk.ts";
import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { AwsRemote, KeySource } from "../../model/key.ts";
import { parseBase64 } from "../../text/codecs/base64.ts";
import { createKeyCredentials } from "./aws-credentials.ts";
import type { KeyService, KeyUse, WrappedKey } from "../key-service.ts";
import type { KmsClient } from "./kms-client.ts";
import { createRemoteService, type KeyNetwork, type RemoteSource } from "./service.ts";

/** A key or alias of KMS; the region is part of an address, so it is nothing but letters, digits and dashes. */
const arnForm = /^arn:aws[a-z-]*:kms:([a-z]{2}[a-z0-9-]{3,30}):[0-9]{12}:(?:key|alias)\/[\w/-]{1,256}$/u;

/** Codes by which KMS says that the ciphertext is not one that the key made, with this encryption context. */
const notItsOwn = new Set(["InvalidCiphertextException", "IncorrectKeyException"]);

/** Longest wait for an answer in milliseconds, and its largest body in bytes. */
const limits = { limit: 15_000, maxBytes: 256 * 1024 } as const;

/** AWS KMS, as key service of SOPS documents. Asks only for keys and roles that a source names. */
export function createAwsKms(sources: readonly KeySource[], network: KeyNetwork): KeyService {
  const remotes = sources.flatMap((source): readonly RemoteSource[] => {
    const { remote } = source;
    return remote?.kind === "aws-kms" ? [createSource(source, remote, network)] : [];
  });
  return createRemoteService("kms", remotes, network.outside);
}

/** The addresses of a source: the operator's, else the public ones. */
export function endpointsOf({ endpoint = "", stsEndpoint = "" }: AwsRemote): AwsEndpoints {
  return { fips: false, dualStack: false, own: { secretsmanager: "", ssm: "", kms: endpoint, sts: stsEndpoint } };
}

function createSource(source: KeySource, remote: AwsRemote, { send, outside, loggedIn }: KeyNetwork): RemoteSource {
  const network: AwsNetwork = { send, clock: outside, userAgent: "keyferry" };
  const endpoints = endpointsOf(remote);
  const credentialsFor = createKeyCredentials(source, remote, { network, endpoints, loggedIn });
  const deps = { network, skew: { value: 0 } };
  return {
    source,
    fits: ({ id, fields }) => {
      const role = roleOf(fields);
      return arnForm.test(id) && isGranted(remote.arns, id) && (role === undefined || isGranted(remote.roles, role));
    },
    unwrap: async (wrapped: WrappedKey, use: KeyUse) => {
      const ciphertext = parseBase64(wrapped.enc);
      if (ciphertext === undefined) return undefined;
      const region = arnForm.exec(wrapped.id)?.[1] ?? "";
      const credentials = credentialsFor(region, roleOf(wrapped.fields), use);
      const called = { region, endpoint: awsEndpoint("kms", region, endpoints), ...limits };
      const open = async (client: ClientUse) =>
        (await import("./kms-client.ts")).createKmsClient(network, client, use.signal);
      const ask = async (client: KmsClient) => (await client.decrypt(inputOf(wrapped, ciphertext))).Plaintext;
      try {
        const plaintext = await callWithCredentials(deps, credentials, called, open, ask, use.signal);
        if (plaintext !== undefined && plaintext.length > 0) return plaintext;
      } catch (thrown) {
        if (!(thrown instanceof AwsFault)) throw thrown;
        if (notItsOwn.has(thrown.refusal.code)) return undefined;
        throw outageOf(thrown.refusal, thrown.host) ?? refusalOf(thrown.refusal, source.name);
      }
      throw new MountError("store_protocol", `KMS answered key ${JSON.stringify(source.name)} without a plaintext`);
    },
  };
}

function roleOf(fields: ReadonlyMap<string, string>): string | undefined {
  const role = fields.get("role") ?? "";
  return role === "" ? undefined : role;
}

/** The key is named although the ciphertext knows it, so that what another key made is refused. */
function inputOf({ id, context }: WrappedKey, ciphertext: Uint8Array) {
  const bound = context.size === 0 ? {} : { EncryptionContext: Object.fromEntries(context) };
  return { CiphertextBlob: ciphertext, KeyId: id, ...bound };
}

function refusalOf({ status, code }: AwsRefusal, name: string): MountError {
  const text = `KMS refused to decrypt with key ${JSON.stringify(name)}: ${code}`;
  if (code === "NotFoundException") return new MountError("object_not_found", text);
  if (/AccessDenied|Unrecognized|ExpiredToken|InvalidClientToken|Signature/u.test(code) || status === 403) {
    return new MountError("access_denied", `${text}; grant kms:Decrypt on the key`);
  }
  return new MountError(status === 400 ? "object_unusable" : "store_protocol", text);
}
