import { readCa, readPemFile, type ReadPem } from "../../http/read-ca.ts";
import type { TlsSettings } from "../../http/tls.ts";
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
  /** Whether what is named of a CA is all loaded, beside the system's roots. */
  readonly addsCa?: boolean;
}

/** Reads what `VaultTls` names. */
export type ReadTls = ReadPem;

/** The settings with files read as they are now; undefined when nothing is set. Rejects with MountError. */
export async function chooseTls(tls: VaultTls, read: ReadTls): Promise<TlsSettings | undefined> {
  const { caFile, caFolder, certificateFile, keyFile, serverName, skipVerify } = tls;
  const plain = [tls.ca, caFile, caFolder, certificateFile, serverName].every((value) => value === undefined);
  if (plain && !skipVerify) return undefined;
  const addsCa = tls.addsCa === true;
  const ca = await readCa({ ...tls, all: addsCa }, read);
  const client =
    certificateFile === undefined || keyFile === undefined
      ? undefined
      : {
          certificate: await readPemFile(certificateFile, read),
          key: Secret.fromText(await readPemFile(keyFile, read)),
        };
  return { ca, addsCa, client, serverName, insecure: skipVerify };
}
