import { carriedStore, type NoParams } from "../../documents/carried-store.ts";
import type { Keyring } from "../../keys/contract.ts";
import { openEach } from "../../keys/open-each.ts";
import type { RsaKey } from "../../keys/rsa.ts";
import { MountError } from "../../model/error.ts";
import type { Found } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import type { StoreKind } from "../../model/store.ts";
import { parseBase64 } from "../../text/codecs/base64.ts";
import { rememberParsed } from "../../documents/remember-parsed.ts";
import { shownLines } from "../../text/shown-lines.ts";
import { textOrBytes } from "../../text/codecs/text-or-bytes.ts";
import { openEnveloped, parseEnveloped } from "./cms.ts";
import { parseEyaml, parseRef, type EyamlPiece, type EyamlRef } from "./language.ts";
import { keyNotGranted } from "../../keys/not-granted.ts";

/** What opening needs. */
export interface EyamlDeps {
  readonly keyring: Keyring;
}

/**
 * YAML files with values encrypted by hiera-eyaml (PKCS7), carried by the manifest itself. The format does not protect
 * values against changes: it opens nothing unless the operator has configured a key that says so.
 */
export function createEyamlStore(): StoreKind<NoParams, EyamlRef | undefined, EyamlDeps> {
  const parse = rememberParsed(parseEyaml);
  return carriedStore(
    "eyaml",
    (fields, object) => parseRef(fields, object, parse),
    ({ keyring }) =>
      async (ref, { pod: { namespace } }, signal) => {
        const { sources, keys, unavailable } = await keyring.given("eyaml").of(namespace);
        if (sources === 0) throw notGranted(keyring, namespace);
        const opened = await open(ref, keys.map(({ key }) => key), signal); // prettier-ignore
        if (opened.kind === "found") return opened;
        throw unavailable ?? refusal(opened.lines, namespace);
      },
  );
}

async function open(
  { document, digest }: EyamlRef,
  keys: readonly RsaKey[],
  signal: AbortSignal,
): Promise<Found | { readonly kind: "refused"; readonly lines: readonly number[] }> {
  const values = [...document.values];
  const openOne = ([, pieces]: (typeof values)[number]) => Promise.resolve(openPieces(pieces, keys));
  const { opened, failed } = await openEach(values, openOne, signal, 1);
  if (failed.length > 0) return { kind: "refused", lines: failed.map(([scalar]) => scalar.line) };
  const plain = new Map([...opened].map(([[scalar], bytes]) => [scalar, textOrBytes(bytes)]));
  const { bytes, tree } = document.template.render(plain);
  return { kind: "found", value: new Secret(bytes), version: digest, tree };
}

/** The pieces joined, without one line break at the end, as hiera-eyaml gives them. */
function openPieces(pieces: readonly EyamlPiece[], keys: readonly RsaKey[]): Buffer | undefined {
  const parts = pieces.map(({ kind, text }) => (kind === "text" ? Buffer.from(text) : openBlock(text, keys)));
  if (!parts.every((part) => part !== undefined)) return undefined;
  const joined = Buffer.concat(parts);
  const ending = /\r\n$|\n$|\r$/u.exec(joined.subarray(-2).toString("latin1"))?.[0].length ?? 0;
  return joined.subarray(0, joined.length - ending);
}

function openBlock(base64: string, keys: readonly RsaKey[]): Buffer | undefined {
  const bytes = parseBase64(base64);
  const message = bytes === undefined ? undefined : parseEnveloped(bytes);
  return message === undefined ? undefined : openEnveloped(message, keys);
}

function notGranted(keyring: Keyring, namespace: string): MountError {
  const which = "of kind eyaml with acceptUnauthenticated";
  return keyNotGranted({ standing: keyring.standing(namespace), namespace, purpose: "for eyaml", which });
}

function refusal(lines: readonly number[], namespace: string): MountError {
  return new MountError(
    "document_rejected",
    `the value at ${shownLines(lines)} cannot be opened with the keys granted to namespace ${namespace}: ` +
      "encrypted for another key, of a form that is not supported, or changed since",
  );
}
