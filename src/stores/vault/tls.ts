import { X509Certificate } from "node:crypto";
import type { TlsSettings } from "../../http/tls.ts";
import { MountError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";

/** TLS as it is written in manifests and settings: paths are on the daemon's own file system. */
export interface VaultTls {
  /** PEM text. */
  readonly ca?: string | undefined;
  /** Path of a PEM file. Beats `ca`. */
  readonly caFile?: string | undefined;
  /** Path of a folder of PEM files. The last resort of the three. */
  readonly caFolder?: string | undefined;
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly serverName?: string | undefined;
  readonly skipVerify: boolean;
}

/** Reads what `VaultTls` names. Both reject when they cannot. */
export interface ReadTls {
  file(path: string): Promise<Uint8Array>;
  /** Every file below a folder, however deep, without those that Kubernetes hides behind `..`. */
  folder(path: string): Promise<readonly Uint8Array[]>;
}

/** The settings with files read as they are now; undefined when nothing is set. Rejects with MountError. */
export async function chooseTls(tls: VaultTls, read: ReadTls): Promise<TlsSettings | undefined> {
  const { caFile, caFolder, certificateFile, keyFile, serverName, skipVerify } = tls;
  const plain = [tls.ca, caFile, caFolder, certificateFile, serverName].every((value) => value === undefined);
  if (plain && !skipVerify) return undefined;
  const pem = async (path: string) => {
    const bytes = await read.file(path).catch(() => {
      throw new MountError("not_configured", `the file ${path} cannot be read by the daemon; mount it there`);
    });
    return Buffer.from(bytes).toString("utf8");
  };
  const ca =
    caFile !== undefined
      ? checkedCa(await pem(caFile), caFile)
      : tls.ca !== undefined
        ? checkedCa(tls.ca, "the CA")
        : caFolder === undefined
          ? undefined
          : await folderCa(caFolder, read);
  const client =
    certificateFile === undefined || keyFile === undefined
      ? undefined
      : { certificate: await pem(certificateFile), key: Secret.fromText(await pem(keyFile)) };
  return { ca, client, serverName, insecure: skipVerify };
}

async function folderCa(path: string, read: ReadTls): Promise<string> {
  const files = await read.folder(path).catch(() => {
    throw new MountError("not_configured", `the folder ${path} cannot be read by the daemon; mount it there`);
  });
  if (files.length === 0) throw new MountError("not_configured", `the folder ${path} holds no PEM certificate`);
  return files.map((bytes) => checkedCa(Buffer.from(bytes).toString("utf8"), `a file below ${path}`)).join("\n");
}

function checkedCa(pem: string, name: string): string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
  if (blocks.length > 0 && blocks.every(isCertificate)) return pem;
  throw new MountError("not_configured", `${name} holds no PEM certificate that can be read`);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
