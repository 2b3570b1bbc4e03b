import { X509Certificate } from "node:crypto";
import { MountError } from "../model/error.ts";

/** Certificates to trust instead of the system's, as they are named: the file beats the text, which beats the folder. */
export interface NamedCa {
  /** PEM text. */
  readonly ca?: string | undefined;
  readonly caFile?: string | undefined;
  readonly caFolder?: string | undefined;
  /** Whether all three are loaded instead of the first, and files of the folder without a certificate are skipped. */
  readonly all?: boolean | undefined;
}

/** Reads what is named by a path. Both reject when they cannot. */
export interface ReadPem {
  file(path: string): Promise<Uint8Array>;
  /** Every file below a folder, however deep, without those that Kubernetes hides behind `..`. */
  folder(path: string): Promise<readonly Uint8Array[]>;
}

/** The PEM text as files hold it now; undefined when nothing is named. Rejects with MountError `not_configured`. */
export async function readCa({ ca, caFile, caFolder, all }: NamedCa, read: ReadPem): Promise<string | undefined> {
  if (all === true) return everyCa({ ca, caFile, caFolder }, read);
  if (caFile !== undefined) return checkedCa(await readPemFile(caFile, read), caFile);
  if (ca !== undefined) return checkedCa(ca, "the CA");
  return caFolder === undefined ? undefined : folderCa(caFolder, read);
}

/** Each must load; of a folder, whatever holds certificates. */
async function everyCa({ ca, caFile, caFolder }: NamedCa, read: ReadPem): Promise<string | undefined> {
  const texts = [
    caFile === undefined ? undefined : checkedCa(await readPemFile(caFile, read), caFile),
    ca === undefined ? undefined : checkedCa(ca, "the CA"),
    ...(caFolder === undefined ? [] : await readFolder(caFolder, read)).map(certificatesIn),
  ].filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts.join("\n");
}

/** The text of a PEM file. Rejects with MountError `not_configured`. */
export async function readPemFile(path: string, read: ReadPem): Promise<string> {
  const bytes = await read.file(path).catch(() => {
    throw new MountError("not_configured", `the file ${path} cannot be read by the daemon; mount it there`);
  });
  return Buffer.from(bytes).toString("utf8");
}

async function folderCa(path: string, read: ReadPem): Promise<string> {
  const files = await readFolder(path, read);
  if (files.length === 0) throw new MountError("not_configured", `the folder ${path} holds no PEM certificate`);
  return files.map((text) => checkedCa(text, `a file below ${path}`)).join("\n");
}

async function readFolder(path: string, read: ReadPem): Promise<readonly string[]> {
  const files = await read.folder(path).catch(() => {
    throw new MountError("not_configured", `the folder ${path} cannot be read by the daemon; mount it there`);
  });
  return files.map((bytes) => Buffer.from(bytes).toString("utf8"));
}

/** The PEM certificates of a text that can be read, as Go's `AppendCertsFromPEM` takes them; undefined where there are none. */
export function certificatesIn(pem: string): string | undefined {
  const readable = blocksOf(pem).filter(isCertificate);
  return readable.length === 0 ? undefined : readable.join("\n");
}

function blocksOf(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
}

function checkedCa(pem: string, name: string): string {
  const blocks = blocksOf(pem);
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
