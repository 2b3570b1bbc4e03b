import { carriedStore, type NoParams } from "../../documents/carried-store.ts";
import type { Keyring } from "../../keys/contract.ts";
import { openEach } from "../../keys/open-each.ts";
import type { VaultPassword } from "../../keys/password.ts";
import { MountError } from "../../model/error.ts";
import type { Found } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import type { StoreKind } from "../../model/store.ts";
import { rememberParsed } from "../../documents/remember-parsed.ts";
import { shownLines } from "../../text/shown-lines.ts";
import { textOrBytes } from "../../text/codecs/text-or-bytes.ts";
import { openEnvelope } from "./open.ts";
import { parseRef, parseVaultDocument, type AnsibleVaultRef } from "./language.ts";
import { keyNotGranted } from "../../keys/not-granted.ts";

/** What opening needs. */
export interface AnsibleVaultDeps {
  readonly keyring: Keyring;
}

/**
 * Files and variables encrypted with ansible-vault and carried by the manifest itself. The value of a whole vault is
 * its plaintext; of a file of variables the file with the plain values in it.
 */
export function createAnsibleVaultStore(): StoreKind<NoParams, AnsibleVaultRef | undefined, AnsibleVaultDeps> {
  const parse = rememberParsed(parseVaultDocument);
  return carriedStore(
    "ansible-vault",
    (fields, object) => parseRef(fields, object, parse),
    ({ keyring }) =>
      async (ref, { pod: { namespace } }, signal) => {
        const { sources, keys, unavailable } = await keyring.given("ansible-vault").of(namespace);
        if (sources === 0) throw notGranted(keyring, namespace);
        const opened = await open(ref, keys.map(({ key }) => key), signal); // prettier-ignore
        if (opened.kind === "found") return opened;
        throw unavailable ?? refusal(opened.lines, namespace);
      },
  );
}

/** Found, or the lines of the values that could not be opened: none for a whole vault. */
async function open(
  { document, onlyItsId, digest }: AnsibleVaultRef,
  passwords: readonly VaultPassword[],
  signal: AbortSignal,
): Promise<Found | { readonly kind: "refused"; readonly lines: readonly number[] }> {
  if (document.kind === "whole") {
    const plaintext = await openEnvelope(document.envelope, passwords, onlyItsId, signal);
    if (plaintext === undefined) return { kind: "refused", lines: [] };
    return { kind: "found", value: new Secret(plaintext), version: digest };
  }
  const openOne = async ([, envelope]: (typeof vaults)[number]) => openEnvelope(envelope, passwords, onlyItsId, signal);
  const vaults = [...document.envelopes];
  const { opened, failed } = await openEach(vaults, openOne, signal);
  if (failed.length > 0) return { kind: "refused", lines: failed.map(([scalar]) => scalar.line) };
  const values = new Map([...opened].map(([[scalar], plaintext]) => [scalar, textOrBytes(plaintext)]));
  const { bytes, tree } = document.template.render(values);
  return { kind: "found", value: new Secret(bytes), version: digest, tree };
}

function notGranted(keyring: Keyring, namespace: string): MountError {
  const which = "of kind ansible-vault";
  return keyNotGranted({ standing: keyring.standing(namespace), namespace, purpose: "for ansible-vault", which });
}

function refusal(lines: readonly number[], namespace: string): MountError {
  const what = lines.length === 0 ? "the vault" : `the vault at ${shownLines(lines)}`;
  return new MountError(
    "document_rejected",
    `${what} cannot be opened with the passwords granted to namespace ${namespace}: ` +
      "encrypted with another password, or changed since",
  );
}
