import { isGranted } from "../model/grant.ts";
import { MountError } from "../model/error.ts";
import type { KeySource } from "../model/key.ts";
import type { KeyFile } from "./material/file.ts";

/** A key as one namespace may use it. */
export interface GrantedKey<Key, Source extends KeySource = KeySource> {
  readonly source: Source;
  readonly key: Key;
}

/** What a namespace was granted, as it is on disk now. */
export interface Granted<Key, Source extends KeySource = KeySource> {
  /** How many key sources name the namespace, readable or not. */
  readonly sources: number;
  readonly keys: readonly GrantedKey<Key, Source>[];
  /** Of the first source that could not be read; the others are there all the same. */
  readonly unavailable: MountError | undefined;
}

/** The keys of one kind. Tells a namespace nothing of the keys of others. */
export interface GrantedKeys<Key, Source extends KeySource = KeySource> {
  of(namespace: string): Promise<Granted<Key, Source>>;
}

/** Reads, for a namespace, the files that its grants name; each may hold several keys. */
export function createGrantedKeys<Key, Source extends KeySource>(
  files: readonly KeyFile<readonly Key[], Source>[],
): GrantedKeys<Key, Source> {
  return {
    async of(namespace) {
      const granted = files.filter(({ source }) => isGranted(source.namespaces, namespace));
      const keys: GrantedKey<Key, Source>[] = [];
      let unavailable: MountError | undefined;
      for (const { source, read } of granted) {
        try {
          for (const key of await read()) keys.push({ source, key });
        } catch (thrown) {
          unavailable ??= MountError.from(thrown);
        }
      }
      return { sources: granted.length, keys, unavailable };
    },
  };
}
