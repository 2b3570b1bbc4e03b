import { callWithCredentials } from "../../identity/aws/attempts.ts";
import { awsEndpoint, type AwsEndpoints } from "../../identity/aws/endpoints.ts";
import { AwsFault, awsOutage, type AwsRefusal } from "../../identity/aws/fault.ts";
import type { AwsNetwork, ClientUse } from "../../identity/aws/sdk.ts";
import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { Fields } from "../../model/fields.ts";
import type { KeySource, PathOf } from "../../model/key.ts";
import { parseBase64 } from "../../text/codecs/base64.ts";
import { createAwsKeyFile, createKeyCredentials, type AwsKeyIdentity } from "./aws-credentials.ts";
import { countKeys } from "../material/file.ts";
import { credentialFile, optionalAddress, requiredPatterns } from "../own-settings.ts";
import { inFiles, neededAudience, type KeyPlugin } from "../plugin.ts";
import type { KeyService, KeyUse, WrappedKey } from "../key-service.ts";
import type { KmsClient } from "./kms-client.ts";
import type { KeyNetwork } from "../network.ts";
import { createRemoteService, type RemoteSource } from "./service.ts";

/** A key or alias of KMS; the region is part of an address, so it is nothing but letters, digits and dashes. */
const arnForm = /^arn:aws[a-z-]*:kms:([a-z]{2}[a-z0-9-]{3,30}):[0-9]{12}:(?:key|alias)\/[\w/-]{1,256}$/u;

/** Codes by which KMS says that the ciphertext is not one that the key made, with this encryption context. */
const notItsOwn = new Set(["InvalidCiphertextException", "IncorrectKeyException"]);

/** Longest wait for an answer in milliseconds, and its largest body in bytes. */
const limits = { limit: 15_000, maxBytes: 256 * 1024 } as const;

/** Keys in AWS KMS; `file` holds an access key. */
export interface AwsKmsKeys extends KeySource, AwsKeyIdentity {
  readonly kind: "aws-kms";
  /** ARNs or patterns of keys and aliases that may be used. */
  readonly arns: readonly string[];
  /** ARNs or patterns of roles that a document may ask to be taken on; none where empty. */
  readonly roles: readonly string[];
  /** Addresses to ask instead of the public ones of the key's region. */
  readonly endpoint: string | undefined;
  readonly stsEndpoint: string | undefined;
}

/** The plug-in of keys of kind `aws-kms`. Asks only for keys and roles that a source names. */
export const awsKms: KeyPlugin<AwsKmsKeys, KeyService> = {
  ...inFiles,
  kind: "aws-kms",
  opens: "kms",
  read: readSettings,
  audience: ({ login }) => neededAudience(login?.audience),
  endpoints: (source) => addressesOf(source).map((address) => ({ address })),
  inspect: (source) => countKeys(createAwsKeyFile(source)),
  open: (sources, { network }) => {
    const remotes = sources.map((source) => createSource(source, network));
    const service = createRemoteService("kms", remotes, network.outside);
    return { service, given: service };
  },
};

function readSettings(fields: Fields, pathOf: PathOf): Omit<AwsKmsKeys, "name" | "namespaces"> {
  const arns = requiredPatterns(fields, "arns", "list the ARNs of the keys that documents may use");
  for (const arn of arns) {
    if (arn.startsWith("arn:aws")) continue;
    fields.refuse("arns", "an entry is not an ARN", "write arn:aws:kms:REGION:ACCOUNT:key/ID; * stands for any text");
  }
  const roles = fields.texts("roles") ?? [];
  const roleArn = fields.text("roleArn");
  const audience = fields.text("audience") ?? "sts.amazonaws.com";
  const login = roleArn === undefined ? undefined : { roleArn, audience };
  const file = credentialFile(fields, pathOf, { field: "roleArn", value: roleArn });
  const endpoint = optionalAddress(fields, "endpoint");
  const stsEndpoint = optionalAddress(fields, "stsEndpoint");
  return { kind: "aws-kms", file, arns, roles, login, endpoint, stsEndpoint };
}

/** Public addresses follow from the region of a key; where a pattern leaves it open there is nothing to say. */
function addressesOf(source: AwsKmsKeys): readonly string[] {
  const { arns, roles, login, endpoint, stsEndpoint } = source;
  const regions = new Set(arns.map((arn) => arn.split(":")[3] ?? "").filter((part) => /^[a-z0-9-]+$/u.test(part)));
  const own = endpointsOf(source);
  const ofService = (service: "kms" | "sts", given: string | undefined) =>
    given === undefined ? [...regions].map((region) => awsEndpoint(service, region, own)) : [given];
  const asksSts = login !== undefined || roles.length > 0;
  return [...ofService("kms", endpoint), ...(asksSts ? ofService("sts", stsEndpoint) : [])];
}

/** The addresses of a source: the operator's, else the public ones. */
function endpointsOf({ endpoint = "", stsEndpoint = "" }: AwsKmsKeys): AwsEndpoints {
  return { fips: false, dualStack: false, own: { secretsmanager: "", ssm: "", kms: endpoint, sts: stsEndpoint } };
}

function createSource(source: AwsKmsKeys, { send, outside, loggedIn }: KeyNetwork): RemoteSource {
  const network: AwsNetwork = { send, clock: outside, userAgent: "keyferry" };
  const endpoints = endpointsOf(source);
  const credentialsFor = createKeyCredentials(source, { network, endpoints, loggedIn });
  const deps = { network, skew: { value: 0 } };
  return {
    source,
    fits: ({ id, fields }) => {
      const role = roleOf(fields);
      return arnForm.test(id) && isGranted(source.arns, id) && (role === undefined || isGranted(source.roles, role));
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
        throw awsOutage(thrown.refusal, thrown.host) ?? refusalOf(thrown.refusal, source.name);
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
