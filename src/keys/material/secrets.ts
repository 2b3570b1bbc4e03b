import { MountError } from "../../model/error.ts";
import type { KeySource } from "../../model/key.ts";
import type { Clock } from "../../model/clock.ts";
import { guardedReader, type KeyFile } from "./file.ts";
import type { KeyText } from "./folder.ts";

/** Lists the Secrets of a namespace that have a label, as JSON. Rejects with MountError. */
export type ListSecrets = (namespace: string, label: string, signal: AbortSignal) => Promise<string>;

/** How long a list is used before it is asked for again, and how long during an outage, in milliseconds. */
const keep = { fresh: 60_000, stale: 15 * 60_000 } as const;

/** Longest wait for the list while a Mount waits, in milliseconds. */
const patience = 10_000;

/** The label by which the Sealed Secrets controller marks its key Secrets. */
const label = "sealedsecrets.bitnami.com/sealed-secrets-key";

/** Whose Secrets are listed, and how. */
export interface ControllerSecrets {
  readonly namespace: string;
  readonly listSecrets: ListSecrets | undefined;
  readonly outside: Clock;
}

interface Loaded<T> {
  readonly text: string;
  readonly content: Promise<T>;
  readonly at: number;
}

/**
 * Keys out of the controller's own Secrets, asked for at most once a minute; parsed again when they have changed. While
 * the API cannot be asked, what was read before is used for a quarter of an hour.
 */
export function createKeySecrets<T, Source extends KeySource>(
  source: Source,
  { namespace, listSecrets, outside }: ControllerSecrets,
  parse: (texts: readonly KeyText[]) => T | Promise<T>,
): KeyFile<T, Source> {
  let loaded: Loaded<T> | undefined;
  let loading: Promise<Loaded<T>> | undefined;
  const load = async (): Promise<Loaded<T>> => {
    if (listSecrets === undefined) {
      throw new MountError(
        "not_configured",
        `key ${JSON.stringify(source.name)} needs the Kubernetes API, which is not there`,
      );
    }
    const text = await listSecrets(namespace, label, AbortSignal.timeout(patience));
    const at = outside.monotonic();
    const name = `Secrets of namespace ${namespace}`;
    if (loaded?.text === text) return { ...loaded, at };
    return { text, content: Promise.resolve([{ name, text }]).then(parse), at };
  };
  const reload = async (): Promise<T> => {
    const before = loaded;
    loading ??= load().finally(() => (loading = undefined));
    try {
      loaded = await loading;
      return await loaded.content;
    } catch (thrown) {
      const usable = before !== undefined && outside.monotonic() - before.at < keep.stale;
      if (usable && MountError.from(thrown).transient) return before.content;
      loaded = undefined;
      throw thrown;
    }
  };
  return guardedReader(source, () =>
    loaded !== undefined && outside.monotonic() - loaded.at < keep.fresh ? loaded.content : reload(),
  );
}
