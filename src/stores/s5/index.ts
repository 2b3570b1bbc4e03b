import type { Keyring } from "../../keys/contract.ts";
import { MountError } from "../../model/error.ts";
import type { Outcome } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import { sessionKey, type Session } from "../../model/session.ts";
import type { Store } from "../../model/store.ts";
import { rememberParsed } from "../../documents/remember-parsed.ts";
import { shownLines } from "../../text/shown-lines.ts";
import { parseS5 } from "./document.ts";
import { parseRef, type S5Params, type S5Ref } from "./language.ts";
import { openTokens } from "./services.ts";

/** What the store is wired with. */
export interface S5Wiring {
  readonly keyring: Keyring;
}

/** Files with `{{ s5:… }}` tokens, carried by the manifest itself. The value is the file with the plain values in it. */
export function createS5Store({ keyring }: S5Wiring): Store<S5Params, S5Ref | undefined> {
  const parsers = {
    yaml: rememberParsed((text) => parseS5(text, "yaml")),
    text: rememberParsed((text) => parseS5(text, "text")),
  };
  return {
    kind: "s5",
    params: () => ({}),
    ref: (fields, object) => parseRef(fields, object, (text, format) => parsers[format](text)),
    addresses: () => [],
    sessionKey: (_, pod) => sessionKey("s5", {}, pod),
    refKey: (ref) => ref?.digest ?? "",
    // Not keeping the answer makes a withdrawn key or grant count at once.
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
  ref: S5Ref | undefined,
  keyring: Keyring,
  { pod, tokens }: Session<S5Params>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    signal.throwIfAborted();
    if (ref === undefined) throw new MountError("document_invalid", "the document could not be parsed");
    const { document, service, keyName, digest } = ref;
    const { opened, failed } = await openTokens(document.tokens, keyring, { pod, tokens, signal, service, keyName });
    if (failed.length > 0) throw refusal(failed.map(({ line }) => line), pod.namespace); // prettier-ignore
    const { bytes, ...more } = document.render(opened);
    return { kind: "found", value: new Secret(bytes), version: digest, ...more };
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: "failed", error: MountError.from(thrown) };
  }
}

function refusal(lines: readonly number[], namespace: string): MountError {
  return new MountError(
    "document_rejected",
    `the token at ${shownLines(lines)} cannot be opened with the keys granted to namespace ${namespace}: ` +
      "encrypted with another key or service, or changed since",
  );
}
