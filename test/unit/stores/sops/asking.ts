import type { Compute } from "../../../../src/model/compute.ts";
import type { Fields } from "../../../../src/model/fields.ts";
import type { Found, Outcome } from "../../../../src/model/outcome.ts";
import type { Keyring } from "../../../../src/keys/contract.ts";
import type { Pod, Tokens } from "../../../../src/model/pod.ts";
import { createKeyring } from "../../../../src/keys/keyring.ts";
import { createSopsStore } from "../../../../src/stores/sops/store.ts";
import type { FormatName } from "../../../../src/stores/sops/formats/index.ts";
import { sessionKey } from "../../../../src/model/session.ts";
import { keySources } from "./vectors.ts";
import { connected, sessionFor } from "../../../fakes/connected.ts";
import { compute } from "../../../fakes/compute.ts";

export const pod: Pod = { name: "p", namespace: "shop", uid: "u", serviceAccount: "sa" };

/** Fields of an object that has at most `format`; what is refused is kept as text. */
export function createFields(format: FormatName | undefined): Fields & { readonly refused: string[] } {
  const refused: string[] = [];
  return {
    refused,
    has: (name) => name === "format" && format !== undefined,
    text: () => format,
    requiredText: () => format ?? "",
    oneOf: (_, allowed) => allowed.find((one) => one === format),
    boolean: () => undefined,
    integer: () => undefined,
    duration: () => undefined,
    texts: () => undefined,
    map: () => undefined,
    refuse: (name, problem, fix) => void refused.push(`${name}: ${problem}; ${fix}`),
  };
}

export interface Asked {
  readonly text: string | undefined;
  readonly format?: FormatName;
  readonly keys?: readonly string[];
  readonly namespace?: string;
  readonly signal?: AbortSignal;
  /** Instead of one made from `keys`. */
  readonly keyring?: Keyring;
  readonly tokens?: Tokens;
  /** Of a pod whose author brought a token along: the Mount path gives it a session of its own. */
  readonly brought?: string;
  /** Where heavy work is done; in the test's process if left out. */
  readonly work?: Compute;
}

/** Parses an object that names this document, as `lint` does or as a Mount does. */
export function parse(
  { text, format, keys = [], keyring = createKeyring(keySources(...keys)), work = compute }: Asked,
  thorough = true,
) {
  const store = connected(createSopsStore({ refuseOlder: false }), { keyring, compute: work });
  const fields = createFields(format);
  const { ref } = store.store.language.object(fields, { objectName: "app", carried: () => text, thorough }, {});
  return { store, ref, refused: fields.refused };
}

/** Parses and fetches it. */
export async function ask(asked: Asked): Promise<Outcome> {
  const { store, ref } = parse(asked, false);
  const own = { ...pod, namespace: asked.namespace ?? pod.namespace };
  const tokens = asked.tokens ?? new Map();
  const plain = sessionFor(store.store, {}, own, tokens);
  const session = asked.brought === undefined ? plain : { ...plain, key: sessionKey("sops", {}, own, asked.brought) };
  const signal = asked.signal ?? new AbortController().signal;
  const [outcome] = await store.connection.fetch([ref], session, signal);
  if (outcome === undefined) throw new Error("no outcome");
  return outcome;
}

/** As `ask`; everything but found is an error. */
export async function askFound(asked: Asked): Promise<Found> {
  const outcome = await ask(asked);
  if (outcome.kind === "failed") throw outcome.error;
  if (outcome.kind === "missing") throw new Error(outcome.problem);
  return outcome;
}
