import type { PrivateKey } from "openpgp";
import type { Compute, Turn } from "../model/compute.ts";
import { isGranted } from "../model/grant.ts";
import { MountError } from "../model/error.ts";
import type { KeySource } from "../model/key.ts";
import { workerFor } from "../compute/worker.ts";
import { Secret } from "../model/secret.ts";
import { createKeyFile, guardedReader, KeyProblem, type KeyFile } from "./material/file.ts";
import type { KeyService, Unwrapped } from "./key-service.ts";
import { openMessage, pgpJob } from "./pgp-open.ts";
import { defined, optionalPath, requiredFile } from "./own-settings.ts";
import { inFiles, type KeyPlugin } from "./plugin.ts";
import { createTurns, type Turns } from "./turns.ts";

/** A file of OpenPGP private keys. */
export interface PgpKeys extends KeySource {
  readonly kind: "pgp";
  /** Path of the file with the passphrase of a locked key. */
  readonly passphraseFile?: string;
}

/** Longest message, in characters or bytes, that is opened on the thread that serves everybody. */
const maxShort = 8192;

/** What messages are opened with. */
interface Opener {
  readonly turns: Turns;
  /** Undefined where nobody else is served: then all is done here. */
  readonly compute: Compute | undefined;
}

/** The keys of a namespace, and the first of its sources that could not be read. */
interface Keys {
  readonly keys: readonly PrivateKey[];
  readonly unavailable: MountError | undefined;
}

/** Opens OpenPGP messages with the private keys in the operator's files. */
export interface PgpService extends KeyService {
  /**
   * The content of a message, armored or binary, that is encrypted for a key granted to the namespace: bytes as they
   * are, decompressed, at most 1 MiB. Messages without integrity protection, for a passphrase only, or with nothing in
   * them are `damaged` or `closed`; signatures are not looked at. Rejects only with the signal's reason.
   */
  open(message: string | Uint8Array, namespace: string, signal: AbortSignal): Promise<Unwrapped>;
}

/** The plug-in of keys of kind `pgp`. */
export const pgp: KeyPlugin<PgpKeys, PgpService> = {
  ...inFiles,
  kind: "pgp",
  opens: "pgp",
  work: [workerFor(pgpJob, async () => (await import("./pgp-open.ts")).openElsewhere)],
  read: (fields, pathOf) => ({
    kind: "pgp",
    file: requiredFile(fields, pathOf),
    ...defined({ passphraseFile: optionalPath(fields, "passphraseFile", pathOf) }),
  }),
  secretPaths: ({ file, passphraseFile }) => [file, ...(passphraseFile === undefined ? [] : [passphraseFile])],
  inspect: async (source) => (await createPgpFile(source).read()).length,
  open: (sources, { network }) => {
    const service = createPgpService(sources, network.compute);
    return { service, given: service };
  },
};

/** Key files hold one or more private keys, armored or binary; `passphraseFile` is for those that are locked. */
export function createPgpService(sources: readonly PgpKeys[], compute?: Compute): PgpService {
  const files = sources.map(createPgpFile);
  const opener = { turns: createTurns(1), compute };
  const open = async (message: string | Uint8Array, namespace: string, signal: AbortSignal): Promise<Unwrapped> => {
    signal.throwIfAborted();
    const granted = files.filter(({ source }) => isGranted(source.namespaces, namespace));
    if (granted.length === 0) return { kind: "closed" };
    const keys = await readKeys(granted);
    const result = await openWith(keys, message, opener, { tenant: namespace, signal });
    signal.throwIfAborted();
    return result;
  };
  return { kind: "pgp", open, unwrap: ({ enc }, { pod, signal }) => open(enc, pod.namespace, signal) };
}

/** The keys of a source. Both files are looked at each time; keys are unlocked again only when one of them changed, for that takes long. */
export function createPgpFile(source: PgpKeys): KeyFile<readonly PrivateKey[], PgpKeys> {
  const identity = (text: string, bytes: Uint8Array) => Promise.resolve({ text, bytes });
  const keyText = createKeyFile(source, identity);
  const { passphraseFile } = source;
  const passphraseText =
    passphraseFile === undefined ? undefined : createKeyFile({ ...source, file: passphraseFile }, identity);
  let last: { readonly from: readonly unknown[]; readonly keys: Promise<readonly PrivateKey[]> } | undefined;
  return guardedReader(source, async () => {
    const from = await Promise.all([keyText.read(), passphraseText?.read()]);
    if (last === undefined || from.some((text, at) => text !== last?.from[at])) {
      last = { from, keys: parseKeys(from[0], from[1]?.text) };
    }
    return last.keys;
  });
}

/** A key file as it is on disk. */
interface KeyBytes {
  readonly text: string;
  readonly bytes: Uint8Array;
}

async function readKeyBlocks({ text, bytes }: KeyBytes): Promise<readonly PrivateKey[]> {
  const { readPrivateKeys } = await import("openpgp");
  const blocks = text.match(/-----BEGIN PGP PRIVATE KEY BLOCK-----[^]*?-----END PGP PRIVATE KEY BLOCK-----/gu) ?? [];
  // Every OpenPGP packet starts with a byte whose highest bit is set, and no text does.
  const isBinary = blocks.length === 0 && (bytes[0] ?? 0) >= 0x80;
  if (blocks.length === 0 && !isBinary) throw new KeyProblem("has a file without an OpenPGP private key");
  const reads = isBinary
    ? [readPrivateKeys({ binaryKeys: bytes })]
    : blocks.map((armoredKeys) => readPrivateKeys({ armoredKeys }));
  const keys = await Promise.all(reads).catch(() => {
    throw new KeyProblem("has a file with an OpenPGP key that cannot be read");
  });
  return keys.flat();
}

async function parseKeys(file: KeyBytes, passphrase: string | undefined): Promise<readonly PrivateKey[]> {
  const { decryptKey } = await import("openpgp");
  const read = await readKeyBlocks(file);
  return Promise.all(
    read.map(async (privateKey) => {
      if (privateKey.isDecrypted()) return privateKey;
      if (passphrase === undefined) throw new KeyProblem("is locked; add a passphraseFile");
      return decryptKey({ privateKey, passphrase: passphrase.replace(/\r?\n$/u, "") }).catch(() => {
        throw new KeyProblem("is locked, and the text in passphraseFile does not unlock it");
      });
    }),
  );
}

async function readKeys(files: readonly KeyFile<readonly PrivateKey[]>[]): Promise<Keys> {
  const keys: PrivateKey[] = [];
  let unavailable: MountError | undefined;
  for (const file of files) {
    try {
      keys.push(...(await file.read()));
    } catch (thrown) {
      unavailable ??= MountError.from(thrown);
    }
  }
  return { keys, unavailable };
}

/** An ordinary message takes milliseconds here; a long one may be of very many packets. */
async function openWith(
  { keys, unavailable }: Keys,
  message: string | Uint8Array,
  { turns, compute }: Opener,
  turn: Turn,
): Promise<Unwrapped> {
  try {
    const opened =
      compute === undefined || message.length <= maxShort
        ? await turns(() => openMessage(message, keys), turn.signal)
        : await compute.run(pgpJob, { message, keys: keys.map((key) => key.write()) }, turn);
    if (opened.kind === "opened") return { kind: "opened", key: new Secret(Uint8Array.from(opened.bytes)) };
    if (opened.kind === "closed" && unavailable !== undefined) return { kind: "unavailable", error: unavailable };
    return { kind: opened.kind };
  } catch (thrown) {
    if (thrown instanceof MountError) return { kind: "unavailable", error: thrown };
    throw thrown;
  }
}
