import type { RunJob } from "../../model/compute.ts";
import { MountError } from "../../model/error.ts";
import type { Encoding } from "../../model/plan.ts";
import { certificatePem, dividePem, pfxToPem, publicKeyPem } from "./convert.ts";
import { decodeVaultText } from "./encoding.ts";
import { Rounds, shortRounds } from "../../text/certificates/rounds.ts";
import { pfxJob } from "./work.ts";
import type { AzureContent } from "./objects.ts";

/** How an object becomes bytes. */
export interface ContentForm {
  /** As it was written, in lower case. */
  readonly format: "pem" | "pfx";
  readonly encoding: Encoding;
  /** Whether the certificates of a PFX are put in order. */
  readonly chain: boolean;
  /** Whether the private half of a certificate also gives a file of certificates and one of keys. */
  readonly separate: boolean;
}

/** A piece of a file's name after the object's own, and its bytes. */
export interface ContentPart {
  readonly suffix: "" | ".crt" | ".key";
  readonly bytes: Uint8Array;
}

/** What conversions go along with. */
export interface Converter {
  readonly run: RunJob;
  readonly signal: AbortSignal;
}

/** Files of one version, in the order in which the official provider sends them. Rejects with MountError. */
export async function contentParts(
  content: AzureContent,
  form: ContentForm,
  { run, signal }: Converter,
): Promise<readonly ContentPart[]> {
  if (content.type === "key") return whole(Buffer.from(publicKeyPem(content.jwk)));
  if (content.type === "cert") return whole(Buffer.from(certificatePem(content.cer)));
  const text = content.certificate ? await certificateText(content, form, { run, signal }) : content.value;
  const bytes = decodeVaultText(text, form.encoding);
  if (bytes === undefined) {
    throw new MountError("decode_failed", `the value is not ${form.encoding}; correct objectEncoding, or the value`);
  }
  if (!content.certificate || !form.separate) return whole(bytes);
  const { certificates, keys } = dividePem(bytes.toString("utf8"));
  return [
    { suffix: ".crt", bytes: Buffer.from(certificates) },
    { suffix: ".key", bytes: Buffer.from(keys) },
    { suffix: "", bytes },
  ];
}

function whole(bytes: Uint8Array): readonly ContentPart[] {
  return [{ suffix: "", bytes }];
}

async function certificateText(
  { value, contentType }: Extract<AzureContent, { readonly type: "secret" }>,
  { format, chain }: ContentForm,
  converter: Converter,
): Promise<string> {
  if (contentType === "application/x-pem-file") return value;
  if (contentType === "application/x-pkcs12") return format === "pfx" ? value : convert(value, chain, converter);
  const what = contentType === undefined ? "has no content type" : "has an unknown content type";
  throw new MountError(
    "object_unusable",
    `the certificate's secret ${what}; set it to application/x-pkcs12 or application/x-pem-file`,
  );
}

/** Ordinary key stores here; those that would take the processor for long elsewhere. */
async function convert(base64: string, chain: boolean, { run, signal }: Converter): Promise<string> {
  try {
    return await pfxToPem(base64, chain, new Rounds(shortRounds), signal);
  } catch (thrown) {
    if (MountError.from(thrown).reason !== "budget_exceeded") throw thrown;
    return run(pfxJob, { base64, chain });
  }
}
