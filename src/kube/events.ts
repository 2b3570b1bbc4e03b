import { BoundedMap } from "../model/bounded-map.ts";
import { MountError } from "../model/error.ts";
import type { Notice } from "../model/notice.ts";
import type { Clock } from "../model/clock.ts";
import { refusalOf, type KubeApi } from "./api.ts";
import { eventBody, repeatedBody } from "./event-body.ts";

/** What became of a notice: sent, held back because the same or too much was sent before, or refused by the API. */
export type EventOutcome = "sent" | "held" | "refused";

export interface EventsWiring {
  readonly api: KubeApi;
  readonly outside: Clock;
  /** Name of the node, for the Event's source; may be empty. */
  readonly node: string;
  /** Told what became of each notice. */
  readonly ended: (outcome: EventOutcome) => void;
  /** Told why Events cannot be sent, once in a while. */
  readonly refused: (error: MountError) => void;
}

type Kind = Notice["kind"];

/** The Event that a volume has for one kind of notice. Times are by the monotonic clock. */
interface Sent {
  readonly name: string;
  readonly namespace: string;
  readonly text: string;
  count: number;
  nextAt: number;
  pause: number;
}

/** What was told of a volume, and what there is to tell. */
interface Word {
  readonly sent: Map<Kind, Sent>;
  /** The kind of the last Event that the API took. */
  told: Kind | undefined;
  latest: Notice;
  isUnderWay: boolean;
}

/** Pauses between two Events of one volume and kind, in milliseconds: doubled each time, also over recoveries. */
const pauses = { first: 5 * 60_000, longest: 60 * 60_000, recovered: 60_000 };

/** Events of the whole node: so many at once, then one each so many milliseconds. */
const bucket = { size: 25, refill: 3_000 };

/** Milliseconds without trying after the API refused: nobody granted it, and that seldom changes. */
const leaveAlone = 10 * 60_000;

/** Longest time that a call may take, in milliseconds, and most of them under way. */
const call = { limit: 5_000, atOnce: 8 };

/** Most volumes remembered; above that the longest unheard of go. */
const mostVolumes = 5_000;

/**
 * Tells the owners of pods, by Events of the pod, what happened to its secrets. A volume has one Event for each kind of
 * notice, counted up; a node sends a bounded number. What fails and recovers by turns is told no more often than what
 * fails for good, and the last word is true: what was held back is told later if it still holds. No Mount waits for it.
 */
export class Events {
  readonly #wiring: EventsWiring;
  /** The longest unheard of first. */
  readonly #words = new BoundedMap<string, Word>(mostVolumes);
  #tokens = bucket.size;
  #filledAt: number;
  #quietUntil = 0;
  #underWay = 0;

  constructor(wiring: EventsWiring) {
    this.#wiring = wiring;
    this.#filledAt = wiring.outside.monotonic();
  }

  /** Sends an Event unless that is too much. Resolves when that has ended; never rejects. */
  async send(notice: Notice): Promise<void> {
    const { pod, kind, secretProviderClass } = notice;
    // An Event without the pod's uid belongs to no pod that anybody describes.
    if (pod.uid === "" || pod.name === "" || pod.namespace === "") return;
    const key = `${pod.uid} ${secretProviderClass}`;
    const known = this.#words.get(key);
    if (known === undefined && kind === "recovered") return;
    const word = known ?? { sent: new Map<Kind, Sent>(), told: undefined, latest: notice, isUnderWay: false };
    word.latest = notice;
    this.#words.set(key, word);
    const before = word.sent.get(kind);
    if (before !== undefined && kind !== "recovered") before.count += 1;
    await this.#deliver(word);
  }

  /** Tells of recoveries that were held back; a failure that lasts is told by its next Mount. Never rejects. */
  async sweep(): Promise<void> {
    const untrue = [...this.#words.values()].filter(
      ({ told, latest }) => latest.kind === "recovered" && told !== undefined && told !== "recovered",
    );
    await Promise.all(untrue.slice(0, call.atOnce).map((word) => this.#deliver(word)));
  }

  async #deliver(word: Word): Promise<void> {
    const { latest: notice, told } = word;
    const now = this.#wiring.outside.monotonic();
    // Only who heard of a failure needs to hear that it is over.
    if (notice.kind === "recovered" && (told === undefined || told === "recovered")) return;
    if (now < this.#quietUntil) return;
    const before = word.sent.get(notice.kind);
    const tooSoon = before !== undefined && now < before.nextAt;
    if (tooSoon || word.isUnderWay || this.#underWay >= call.atOnce || !this.#take(now)) {
      this.#wiring.ended("held");
      return;
    }
    this.#underWay += 1;
    word.isUnderWay = true;
    try {
      const outcome = await this.#write(word, notice, now);
      if (outcome === "sent") word.told = notice.kind;
      this.#wiring.ended(outcome);
    } catch (thrown) {
      this.#refuse(MountError.from(thrown), now);
    } finally {
      this.#underWay -= 1;
      word.isUnderWay = false;
    }
  }

  async #write({ sent }: Word, notice: Notice, now: number): Promise<EventOutcome> {
    const { kind } = notice;
    const before = sent.get(kind);
    const pause = pauseAfter(kind, before, now);
    const at = this.#wiring.outside.now();
    const made = eventBody(notice, this.#wiring.node, at, this.#wiring.outside.random());
    const isSame = before?.text === made.message;
    const known = isSame ? before : undefined;
    const { name, namespace } = known ?? made.metadata;
    const count = (known?.count ?? 0) + (known === undefined || kind === "recovered" ? 1 : 0);
    const next = { nextAt: now + pause, pause };
    // Before the call, so that one that fails is not repeated at once either. Nothing is the same as what was not taken.
    sent.set(kind, { name, namespace, text: known === undefined ? "" : made.message, count, ...next });
    const folder = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
    const signal = AbortSignal.timeout(call.limit);
    if (known !== undefined) {
      const path = `${folder}/${encodeURIComponent(name)}`;
      const answer = await this.#wiring.api.call({ method: "PATCH", path, body: repeatedBody(count, at) }, signal);
      if (answer.status < 300) return "sent";
      // Events are deleted after an hour by default; then it is told anew.
      if (answer.status !== 404) throw refusalOf(answer, "update Events", '"patch" on events');
      sent.set(kind, { ...made.metadata, text: "", count: 1, ...next });
    }
    const answer = await this.#wiring.api.call({ method: "POST", path: folder, body: made }, signal);
    if (answer.status < 300) {
      sent.set(kind, { ...made.metadata, text: made.message, count: 1, ...next });
      return "sent";
    }
    if (isOwn(answer.status)) return "refused";
    throw refusalOf(answer, "create Events", '"create" on events');
  }

  #take(now: number): boolean {
    const filled = Math.floor((now - this.#filledAt) / bucket.refill);
    if (filled > 0) {
      this.#tokens = Math.min(bucket.size, this.#tokens + filled);
      this.#filledAt += filled * bucket.refill;
    }
    if (this.#tokens === 0) return false;
    this.#tokens -= 1;
    return true;
  }

  #refuse(error: MountError, now: number): void {
    this.#wiring.ended("refused");
    if (error.transient) return;
    this.#quietUntil = now + leaveAlone;
    this.#wiring.refused(error);
  }
}

/** The next pause of a kind: double the last one, unless nothing was sent for long. Recoveries follow failures' pace. */
function pauseAfter(kind: Kind, before: Sent | undefined, now: number): number {
  if (kind === "recovered") return pauses.recovered;
  const isLongAgo = before === undefined || now >= before.nextAt + pauses.longest;
  return isLongAgo ? pauses.first : Math.min(pauses.longest, before.pause * 2);
}

/** The namespace is going, or the pod's name has no place in it: for this pod it cannot be told, for others it can. */
function isOwn(status: number): boolean {
  return status === 404 || status === 409 || status === 422;
}
