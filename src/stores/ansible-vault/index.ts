import type { Keyring } from "../../keys/contract.ts";
import { openEach } from "../../keys/open-each.ts";
import type { VaultPassword } from "../../keys/password.ts";
import { MountError } from "../../model/error.ts";
import type { Found, Outcome } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import { sessionKey, type Session } from "../../model/session.ts";
import type { Store } from "../../model/store.ts";
import { rememberParsed } from "../../documents/remember-parsed.ts";
import { shownLines } from "../../text/shown-lines.ts";
import { textOrBytes } from "../../text/codecs/text-or-bytes.ts";
import { openEnvelope } from "./open.ts";
import { parseRef, parseVaultDocument, type VaultParams, type VaultRef } from "./language.ts";

/** What the store is wired with. */
export interface AnsibleVaultWiring {
  readonly keyring: Keyring;
}

/**
 * Files and variables encrypted with ansible-vault and carried by the manifest itself. The value of a whole vault is
 * its plaintext; of a file of variables the file with the plain values in it.
 */
export function createAnsibleVaultStore({ keyring }: AnsibleVaultWiring): Store<VaultParams, VaultRef | undefined> {
  const parse = rememberParsed(parseVaultDocument);
  return {
    kind: "ansible-vault",
    params: () => ({}),
    ref: (fields, object) => parseRef(fields, object, parse),
    addresses: () => [],
    sessionKey: (_, pod) => sessionKey("ansible-vault", {}, pod),
    refKey: (ref) => ref?.digest ?? "",
    // Not keeping the answer makes a withdrawn password or grant count at once.
    handling: () => ({ share: "in-flight", repeatable: true }),
    audience: () => undefined,
    async fetch(refs, session, signal) {
      const outcomes: Outcome[] = [];
      for (const ref of refs) outcomes.push(await openRef(ref, keyring, session, signal));
      return outcomes;
    },
  };
}

async function openRef(
  ref: VaultRef | undefined,
  { ansibleVault }: Keyring,
  { pod: { namespace } }: Session<VaultParams>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    signal.throwIfAborted();
    if (ref === undefined) throw new MountError("document_invalid", "the document could not be parsed");
    const { sources, keys, unavailable } = await ansibleVault.of(namespace);
    if (sources === 0) throw notGranted(namespace);
    const opened = await open(ref, keys.map(({ key }) => key), signal); // prettier-ignore
    if (opened.kind === "found") return opened;
    throw unavailable ?? refusal(opened.lines, namespace);
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: "failed", error: MountError.from(thrown) };
  }
}

/** Found, or the lines of the values that could not be opened: none for a whole vault. */
async function open(
  { document, onlyItsId, digest }: VaultRef,
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

function notGranted(namespace: string): MountError {
  return new MountError(
    "key_not_granted",
    `no password for ansible-vault is granted to namespace ${namespace}; ` +
      `the operator must add ${namespace} to keys[].namespaces of a key of kind ansible-vault`,
  );
}

function refusal(lines: readonly number[], namespace: string): MountError {
  const what = lines.length === 0 ? "the vault" : `the vault at ${shownLines(lines)}`;
  return new MountError(
    "document_rejected",
    `${what} cannot be opened with the passwords granted to namespace ${namespace}: ` +
      "encrypted with another password, or changed since",
  );
}
