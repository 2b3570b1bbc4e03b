import type { PlannedObject, PlannedStore } from "../model/plan.ts";
import { withSecrets, type Session, type SessionKey } from "../model/session.ts";
import type { Admitted } from "./admit.ts";

/** What one Mount wants of one session: each ref once, however many objects name it. */
export interface Batch {
  readonly store: PlannedStore;
  readonly session: Session<unknown>;
  readonly wanted: readonly Wanted[];
}

export interface Wanted {
  readonly ref: unknown;
  readonly refKey: string;
  /** The objects that are made of it, in manifest order. */
  readonly objects: readonly PlannedObject[];
}

/** The plan's objects by session, in the order in which the manifest first names each. */
export function group(objects: readonly PlannedObject[], admitted: Admitted): readonly Batch[] {
  const { pod, tokens, secrets } = admitted;
  const batches = new Map<SessionKey, { store: PlannedStore; wanted: Map<string, PlannedObject[]> }>();
  for (const object of objects) {
    const { store, params } = object.store;
    const key = withSecrets(store.sessionKey(params, pod), secrets);
    const batch = batches.get(key) ?? { store: object.store, wanted: new Map<string, PlannedObject[]>() };
    batches.set(key, batch);
    const refKey = store.refKey(object.ref);
    batch.wanted.set(refKey, [...(batch.wanted.get(refKey) ?? []), object]);
  }
  return [...batches].map(([key, { store, wanted }]) => ({
    store,
    session: { key, params: store.params, pod, tokens, secrets },
    wanted: [...wanted].map(([refKey, members]) => ({ ref: members[0]?.ref, refKey, objects: members })),
  }));
}
