import { MountError } from "../model/error.ts";
import { isGranted } from "../model/grant.ts";
import type { KeySource } from "../model/key.ts";
import type { Keyring } from "./contract.ts";
import type { KeyService } from "./key-service.ts";
import { keyKinds, type GivenKeys } from "./kinds.ts";
import type { KeyNetwork } from "./network.ts";
import type { KeyPlugin } from "./plugin.ts";
import { createTurns } from "./turns.ts";

/** Told of key material that was passed over; the text names key and file, and nothing of the content. */
export type SkippedKey = (key: string, problem: string) => void;

/** Half of Node.js's threads for slow work; the others stay free for files and name look-ups. */
const atOnce = 2;

/** For who only reads what people wrote. */
const nowhere: KeyNetwork = {
  send: () => Promise.reject(new MountError("store_unavailable", "there is no network here")),
  outside: { now: () => 0, monotonic: () => 0, random: () => 0, sleep: () => Promise.resolve() },
};

/**
 * The operator's keys and their grants. Sources of kinds that are not in the list are left out. Does no I/O: files are
 * read, and services asked, when a key is asked for.
 */
export function createKeyring(
  sources: readonly KeySource[],
  skipped: SkippedKey = () => undefined,
  network: KeyNetwork = nowhere,
  kinds: readonly KeyPlugin[] = keyKinds,
): Keyring {
  const deps = {
    network,
    turns: createTurns(atOnce),
    skipped: ({ name }: KeySource, problem: string) => skipped(name, problem),
  };
  const services = new Map<string, KeyService>();
  const given = new Map<string, unknown>();
  for (const plugin of kinds) {
    const opened = plugin.open(
      sources.filter(({ kind }) => kind === plugin.kind),
      deps,
    );
    given.set(plugin.kind, opened.given);
    if (opened.service !== undefined) services.set(opened.service.kind, opened.service);
  }
  return {
    standing: (namespace) => {
      if (sources.length === 0) return "no-keys";
      return sources.some(({ namespaces }) => isGranted(namespaces, namespace)) ? "granted" : "none-granted";
    },
    kinds: [...services.keys()].sort(),
    service: (kind) => services.get(kind),
    // The one place where what a kind gives gets its type back: it was put there under the kind's own name.
    given: (kind) => given.get(kind) as GivenKeys[typeof kind],
  };
}
