import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { AwsRemote, KeySource } from "../../model/key.ts";
import { callAws } from "./aws-call.ts";
import { createAwsIdentity } from "./aws-identity.ts";
import type { KeyService, KeyUse, WrappedKey } from "../key-service.ts";
import { createRemoteService, type KeyNetwork, type RemoteSource } from "./service.ts";

/** A key or alias of KMS; the region is part of an address, so it is nothing but letters, digits and dashes. */
const arnForm = /^arn:aws[a-z-]*:kms:([a-z]{2}[a-z0-9-]{3,30}):[0-9]{12}:(?:key|alias)\/[\w/-]{1,256}$/u;

/** Codes by which KMS says that the ciphertext is not one that the key made, with this encryption context. */
const notItsOwn = new Set(["InvalidCiphertextException", "IncorrectKeyException"]);

/** AWS KMS, as key service of SOPS documents. Asks only for keys and roles that a source names. */
export function createAwsKms(sources: readonly KeySource[], network: KeyNetwork): KeyService {
  const remotes = sources.flatMap((source): readonly RemoteSource[] => {
    const { remote } = source;
    return remote?.kind === "aws-kms" ? [createSource(source, remote, network)] : [];
  });
  return createRemoteService("kms", remotes, network.outside);
}

function createSource(source: KeySource, remote: AwsRemote, network: KeyNetwork): RemoteSource {
  const identity = createAwsIdentity(source, remote, network);
  return {
    source,
    fits: ({ id, fields }) => {
      const role = roleOf(fields);
      return arnForm.test(id) && isGranted(remote.arns, id) && (role === undefined || isGranted(remote.roles, role));
    },
    unwrap: async (wrapped: WrappedKey, use: KeyUse) => {
      const region = arnForm.exec(wrapped.id)?.[1] ?? "";
      const credential = await identity.credential(region, roleOf(wrapped.fields), use);
      const reply = await callAws(
        network,
        {
          service: "kms",
          region,
          endpoint: remote.endpoint,
          headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.Decrypt" },
          body: decryptBody(wrapped),
          credential,
        },
        use.signal,
      );
      if (reply.status === 200) return plaintextOf(reply.text, source.name);
      if (notItsOwn.has(reply.code)) return undefined;
      throw refusalOf(reply.status, reply.code, source.name);
    },
  };
}

function roleOf(fields: ReadonlyMap<string, string>): string | undefined {
  const role = fields.get("role") ?? "";
  return role === "" ? undefined : role;
}

/** The key is named although the ciphertext knows it, so that what another key made is refused. */
function decryptBody({ id, enc, context }: WrappedKey): string {
  const bound = context.size === 0 ? {} : { EncryptionContext: Object.fromEntries(context) };
  return JSON.stringify({ CiphertextBlob: enc, KeyId: id, ...bound });
}

function plaintextOf(text: string, name: string): Uint8Array {
  try {
    const { Plaintext } = JSON.parse(text) as { readonly Plaintext?: unknown };
    if (typeof Plaintext === "string" && Plaintext !== "") return Buffer.from(Plaintext, "base64");
  } catch {
    // Said below.
  }
  throw new MountError("store_protocol", `KMS answered key ${JSON.stringify(name)} without a plaintext`);
}

function refusalOf(status: number, code: string, name: string): MountError {
  const said = code === "" ? `status ${status}` : code;
  const text = `KMS refused to decrypt with key ${JSON.stringify(name)}: ${said}`;
  if (code === "NotFoundException") return new MountError("object_not_found", text);
  if (/AccessDenied|Unrecognized|ExpiredToken|InvalidClientToken|Signature/u.test(code) || status === 403) {
    return new MountError("access_denied", `${text}; grant kms:Decrypt on the key`);
  }
  return new MountError(status === 400 ? "object_unusable" : "store_protocol", text);
}
