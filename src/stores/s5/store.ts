import { carriedStore, type NoParams } from "../../documents/carried-store.ts";
import type { Keyring } from "../../keys/contract.ts";
import { MountError } from "../../model/error.ts";
import type { Found } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import type { Session } from "../../model/session.ts";
import type { StoreKind } from "../../model/store.ts";
import { rememberParsed } from "../../documents/remember-parsed.ts";
import { shownLines } from "../../text/shown-lines.ts";
import { parseS5 } from "./document.ts";
import { parseRef, type S5Ref } from "./language.ts";
import { openTokens } from "./services.ts";

/** What opening needs. */
export interface S5Deps {
  readonly keyring: Keyring;
}

/** Files with `{{ s5:… }}` tokens, carried by the manifest itself. The value is the file with the plain values in it. */
export function createS5Store(): StoreKind<NoParams, S5Ref | undefined, S5Deps> {
  const parsers = {
    yaml: rememberParsed((text) => parseS5(text, "yaml")),
    text: rememberParsed((text) => parseS5(text, "text")),
  };
  return carriedStore(
    "s5",
    (fields, object) => parseRef(fields, object, (text, format) => parsers[format](text)),
    ({ keyring }) =>
      (ref, session, signal) =>
        open(ref, keyring, session, signal),
  );
}

async function open(
  { document, service, keyName, digest }: S5Ref,
  keyring: Keyring,
  { key, pod, tokens }: Session<NoParams>,
  signal: AbortSignal,
): Promise<Found> {
  const use = { session: key, pod, tokens, signal, service, keyName };
  const { opened, failed } = await openTokens(document.tokens, keyring, use);
  if (failed.length > 0) throw refusal(failed.map(({ line }) => line), pod.namespace); // prettier-ignore
  const { bytes, ...more } = document.render(opened);
  return { kind: "found", value: new Secret(bytes), version: digest, ...more };
}

function refusal(lines: readonly number[], namespace: string): MountError {
  return new MountError(
    "document_rejected",
    `the token at ${shownLines(lines)} cannot be opened with the keys granted to namespace ${namespace}: ` +
      "encrypted with another key or service, or changed since",
  );
}
