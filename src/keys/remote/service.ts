import { createHash } from "node:crypto";
import { SharedWork } from "../../identity/single-flight.ts";
import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { KeySource } from "../../model/key.ts";
import type { Clock } from "../../model/clock.ts";
import { Secret } from "../../model/secret.ts";
import type { KeyService, KeyUse, Unwrapped, WrappedKey } from "../key-service.ts";

/** One configured source of keys in a service. */
export interface RemoteSource {
  readonly source: KeySource;
  /** Whether the service tells the pods of one service account apart, so that no pod is given another's answer. */
  readonly perPod?: boolean;
  /** Whether every address and name of a wrapped key is one that the operator wrote; nothing is sent before. */
  fits(wrapped: WrappedKey): boolean;
  /** The key; undefined when the service says that it is not one it wrapped. Rejects with MountError. */
  unwrap(wrapped: WrappedKey, use: KeyUse): Promise<Uint8Array | undefined>;
}

/** How long an unwrapped key is kept, in milliseconds: a rollout of many pods asks once. */
const keptFor = 60_000;

/** Most unwrapped keys kept; above that the oldest go. */
const mostKept = 1_000;

interface Kept {
  readonly key: Secret;
  readonly until: number;
}

/**
 * Unwraps with the granted sources that fit, in their order. Answers are cached for a minute for the same session, or
 * the same pod of it where the service tells pods apart, and equal questions under way are one.
 */
export function createRemoteService(kind: string, sources: readonly RemoteSource[], outside: Clock): KeyService {
  const kept = new Map<string, Kept>();
  const work = new SharedWork<Secret | undefined>();
  const ask = async (remote: RemoteSource, wrapped: WrappedKey, use: KeyUse): Promise<Secret | undefined> => {
    const name = nameOf(remote, wrapped, use);
    const known = kept.get(name);
    if (known !== undefined && outside.monotonic() < known.until) return known.key;
    return work.run(name, use.signal, async (signal) => {
      const bytes = await remote.unwrap(wrapped, { ...use, signal });
      if (bytes === undefined) return undefined;
      const key = new Secret(bytes);
      forgetOld(kept, outside.monotonic());
      kept.set(name, { key, until: outside.monotonic() + keptFor });
      return key;
    });
  };
  return {
    kind,
    async unwrap(wrapped, use) {
      const fitting = sources.filter(
        (remote) => isGranted(remote.source.namespaces, use.pod.namespace) && remote.fits(wrapped),
      );
      let failure: Unwrapped = { kind: "closed" };
      for (const remote of fitting) {
        try {
          const key = await ask(remote, wrapped, use);
          if (key !== undefined) return { kind: "opened", key: key.copy() };
          failure = { kind: "damaged" };
        } catch (thrown) {
          use.signal.throwIfAborted();
          failure = { kind: "unavailable", error: MountError.from(thrown) };
        }
      }
      return failure;
    },
  };
}

/** Ends of keys are wiped by whoever holds a copy; ours go when they are old. */
function forgetOld(kept: Map<string, Kept>, now: number): void {
  for (const [name, { key, until }] of kept) {
    if (until > now && kept.size < mostKept) continue;
    kept.delete(name);
    if (until <= now) key.wipe();
  }
}

/** Everything that decides the answer; a digest, since the wrapped key may be long. */
function nameOf({ source, perPod = false }: RemoteSource, wrapped: WrappedKey, { session, pod }: KeyUse): string {
  const { kind, enc, fields, context } = wrapped;
  const whose = [session, ...(perPod ? [pod.name, pod.uid] : [])];
  const parts = [source.name, kind, whose, enc, [...fields].sort(), [...context].sort()];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
