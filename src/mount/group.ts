import { withSecrets, sessionKey, type Session, type SessionKey } from "../model/session.ts";
import { chosenBy, type Candidate, type PlannedStore, type Read } from "../model/plan.ts";
import type { ObjectRead } from "../model/read.ts";
import { speaksFor } from "../model/token-subject.ts";
import type { Admitted } from "./admit.ts";

/** One read, and the candidate of it that is to be asked now. */
export interface Wanted {
  readonly read: Read;
  readonly candidate: Candidate;
}

/** What one Mount wants of one session: each distinct read once, however many entries of the manifest want it. */
export interface Batch {
  readonly store: PlannedStore;
  readonly session: Session<unknown>;
  readonly wanted: readonly { readonly read: ObjectRead; readonly wantedBy: readonly Wanted[] }[];
}

/** Reads by session, in the order in which the manifest first names each. `now`: the wall clock, for tokens' ends. */
export function group(wanted: readonly Wanted[], admitted: Admitted, now: number): readonly Batch[] {
  const { pod, tokens, secrets } = admitted;
  const withheld = admitted.tokensWithheld ? { tokensWithheld: true as const } : {};
  const keys = new Map<PlannedStore, SessionKey>();
  const batches = new Map<SessionKey, { store: PlannedStore; wanted: Map<string, Wanted[]> }>();
  for (const one of wanted) {
    const { store, read } = one.candidate;
    const key = keys.get(store) ?? keyOf(store, admitted, now);
    keys.set(store, key);
    const batch = batches.get(key) ?? { store, wanted: new Map<string, Wanted[]>() };
    batches.set(key, batch);
    const members = batch.wanted.get(read.key);
    if (members === undefined) batch.wanted.set(read.key, [one]);
    else members.push(one);
  }
  return [...batches].map(([key, { store, wanted: byKey }]) => ({
    store,
    session: { key, params: store.params, chosenBy: chosenBy(store), pod, tokens, secrets, ...withheld },
    wanted: [...byKey.values()].flatMap((wantedBy) => {
      const [first] = wantedBy;
      return first === undefined ? [] : [{ read: first.candidate.read, wantedBy }];
    }),
  }));
}

/**
 * Made here for every store alike, so that none can leave out what tells two sessions apart. A pod whose tokens do not
 * say what kubelet says of it, because its author brought them along, shares with pods that show the very same tokens:
 * what these open, and the credentials made with them, reach nobody else.
 */
function keyOf(planned: PlannedStore, { pod, secrets, tokens }: Admitted, now: number): SessionKey {
  const { store, description } = planned;
  const foreign = [...tokens].filter(([, token]) => !speaksFor(pod, token, now));
  const brought = foreign.map(([audience, { token }]) => [audience, token.revealText()]);
  const own = description.sessionPer === "pod" ? [pod.name, pod.uid] : [];
  const more = [chosenBy(planned), ...own, ...brought];
  return withSecrets(sessionKey(store.kind, description.identity, pod, more), secrets);
}
