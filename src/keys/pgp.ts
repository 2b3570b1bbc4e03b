import type { PrivateKey } from "openpgp";
import { isGranted } from "../model/grant.ts";
import { MountError } from "../model/error.ts";
import type { KeySource } from "../model/key.ts";
import { Secret } from "../model/secret.ts";
import { createKeyFile, guardedReader, KeyProblem, type KeyFile } from "./material/file.ts";
import type { KeyService, Unwrapped } from "./contract.ts";
import { createTurns, type Turns } from "./turns.ts";

/** Most recipients of one message, and most bytes of it, before and after decompression. */
const most = { recipients: 64, bytes: 1024 * 1024 };

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

/** Key files hold one or more armored private keys; `passphraseFile` is for those that are locked. */
export function createPgpService(sources: readonly KeySource[]): PgpService {
  const files = sources.map(createPgpFile);
  // A message takes milliseconds of this thread.
  const turns = createTurns(1);
  const open = async (message: string | Uint8Array, namespace: string, signal: AbortSignal): Promise<Unwrapped> => {
    signal.throwIfAborted();
    const granted = files.filter(({ source }) => isGranted(source.namespaces, namespace));
    if (granted.length === 0) return { kind: "closed" };
    const keys = await readKeys(granted);
    const result = await openWith(keys, message, turns, signal);
    signal.throwIfAborted();
    return result;
  };
  return { kind: "pgp", open, unwrap: ({ enc }, { pod, signal }) => open(enc, pod.namespace, signal) };
}

/** The keys of a source. Both files are looked at each time; keys are unlocked again only when one of them changed, for that takes long. */
export function createPgpFile(source: KeySource): KeyFile<readonly PrivateKey[]> {
  const identity = (text: string) => Promise.resolve({ text });
  const keyText = createKeyFile(source, identity);
  const { passphraseFile } = source;
  const passphraseText =
    passphraseFile === undefined ? undefined : createKeyFile({ ...source, file: passphraseFile }, identity);
  let last: { readonly from: readonly unknown[]; readonly keys: Promise<readonly PrivateKey[]> } | undefined;
  return guardedReader(source, async () => {
    const from = await Promise.all([keyText.read(), passphraseText?.read()]);
    if (last === undefined || from.some((text, at) => text !== last?.from[at])) {
      last = { from, keys: parseKeys(from[0].text, from[1]?.text) };
    }
    return last.keys;
  });
}

async function parseKeys(text: string, passphrase: string | undefined): Promise<readonly PrivateKey[]> {
  const { readPrivateKeys, decryptKey } = await import("openpgp");
  const blocks = text.match(/-----BEGIN PGP PRIVATE KEY BLOCK-----[^]*?-----END PGP PRIVATE KEY BLOCK-----/gu) ?? [];
  if (blocks.length === 0) throw new KeyProblem("has a file without an armored OpenPGP private key");
  const read = await Promise.all(blocks.map((armoredKeys) => readPrivateKeys({ armoredKeys }))).catch(() => {
    throw new KeyProblem("has a file with an OpenPGP key that cannot be read");
  });
  return Promise.all(
    read.flat().map(async (privateKey) => {
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

/** The recipients are compared first, so that "not for us" and "broken" are told apart without trying. */
async function openWith(
  { keys, unavailable }: Keys,
  content: string | Uint8Array,
  turns: Turns,
  signal: AbortSignal,
): Promise<Unwrapped> {
  if (content.length > most.bytes) return { kind: "damaged" };
  const { readMessage, decrypt } = await import("openpgp");
  const closed: Unwrapped =
    unavailable === undefined ? { kind: "closed" } : { kind: "unavailable", error: unavailable };
  try {
    const message = await (typeof content === "string"
      ? readMessage({ armoredMessage: unindented(content) })
      : readMessage({ binaryMessage: content }));
    const recipients = message.getEncryptionKeyIDs();
    if (recipients.length > most.recipients) return { kind: "damaged" };
    const fitting = keys.filter((key) => recipients.some((id) => isHidden(id.toHex()) || key.getKeys(id).length > 0));
    if (fitting.length === 0) return closed;
    const opened = await turns(
      () =>
        decrypt({
          message,
          decryptionKeys: fitting,
          format: "binary",
          config: { maxDecompressedMessageSize: most.bytes },
        }),
      signal,
    );
    const bytes: unknown = opened.data;
    if (!(bytes instanceof Uint8Array) || bytes.length === 0) return { kind: "damaged" };
    return { kind: "opened", key: new Secret(bytes) };
  } catch {
    return { kind: "damaged" };
  }
}

/** A message for a recipient that it does not name. */
function isHidden(id: string): boolean {
  return /^0+$/u.test(id);
}

/** Text pasted into a manifest may keep its indentation. */
function unindented(armored: string): string {
  return armored
    .split("\n")
    .map((line) => line.trim())
    .join("\n");
}
