import { MountError } from "../model/error.ts";
import type { Notice } from "../model/notice.ts";
import type { Clock } from "../model/clock.ts";
import { refusalOf, type KubeApi } from "./api.ts";
import { eventBody, eventReasons, repeatedBody } from "./event-body.ts";

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

/** The Event that a pod has for one kind of failure. */
interface Sent {
  readonly name: string;
  readonly namespace: string;
  readonly text: string;
  count: number;
  /** Milliseconds since 1970. */
  nextAt: number;
  pause: number;
}

/** Pauses between two Events of one pod, in milliseconds: doubled each time. */
const pauses = { first: 5 * 60_000, longest: 60 * 60_000 };

/** Events of the whole node: so many at once, then one each so many milliseconds. */
const bucket = { size: 25, refill: 3_000 };

/** Milliseconds without trying after the API refused: nobody granted it, and that seldom changes. */
const leaveAlone = 10 * 60_000;

/** Longest time that a call may take, in milliseconds, and most of them under way. */
const call = { limit: 5_000, atOnce: 8 };

/** Most pods remembered; above that the longest unsent go. */
const mostPods = 5_000;

/**
 * Tells the owners of pods, by Events of the pod, what happened to its secrets. A pod has one Event for each kind of
 * failure, counted up; a node sends a bounded number. No Mount waits for it, and nothing of it is repeated.
 */
export class Events {
  readonly #wiring: EventsWiring;
  readonly #sent = new Map<string, Sent>();
  #tokens = bucket.size;
  #filledAt: number;
  #quietUntil = 0;
  #underWay = 0;

  constructor(wiring: EventsWiring) {
    this.#wiring = wiring;
    this.#filledAt = wiring.outside.now();
  }

  /** Sends an Event unless that is too much. Resolves when that has ended; never rejects. */
  async send(notice: Notice): Promise<void> {
    const { pod, kind } = notice;
    // An Event without the pod's uid belongs to no pod that anybody describes.
    if (pod.uid === "" || pod.name === "" || pod.namespace === "") return;
    const now = this.#wiring.outside.now();
    const key = `${pod.uid} ${kind}`;
    const before = this.#sent.get(key);
    if (kind === "recovered" && !this.#forgetFailures(pod.uid)) return;
    if (before !== undefined) before.count += 1;
    if (now < this.#quietUntil) return;
    if ((before !== undefined && now < before.nextAt) || this.#underWay >= call.atOnce || !this.#take(now)) {
      this.#wiring.ended("held");
      return;
    }
    this.#underWay += 1;
    try {
      this.#wiring.ended(await this.#write(key, notice, before, now));
    } catch (thrown) {
      this.#refuse(MountError.from(thrown), now);
    } finally {
      this.#underWay -= 1;
    }
  }

  async #write(key: string, notice: Notice, before: Sent | undefined, now: number): Promise<EventOutcome> {
    const pause = before === undefined ? pauses.first : Math.min(pauses.longest, before.pause * 2);
    const made = eventBody(notice, this.#wiring.node, now, this.#wiring.outside.random());
    const isSame = before?.text === made.message;
    const known = isSame ? before : undefined;
    const { name, namespace } = known ?? made.metadata;
    // Before the call, so that one that fails is not repeated at once either.
    const count = known?.count ?? 1;
    this.#remember(key, { name, namespace, text: made.message, count, nextAt: now + pause, pause });
    const folder = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
    const signal = AbortSignal.timeout(call.limit);
    if (known !== undefined) {
      const path = `${folder}/${encodeURIComponent(name)}`;
      const answer = await this.#wiring.api.call({ method: "PATCH", path, body: repeatedBody(count, now) }, signal);
      if (answer.status < 300) return "sent";
      // Events are deleted after an hour by default; then it is told anew.
      if (answer.status !== 404) throw refusalOf(answer, "update Events", '"patch" on events');
      this.#remember(key, { ...made.metadata, text: made.message, count: 1, nextAt: now + pause, pause });
    }
    const answer = await this.#wiring.api.call({ method: "POST", path: folder, body: made }, signal);
    if (answer.status < 300) return "sent";
    if (isOwn(answer.status)) return "refused";
    throw refusalOf(answer, "create Events", '"create" on events');
  }

  /** Whether the pod's owner was told of a failure that is now over. */
  #forgetFailures(uid: string): boolean {
    const kinds = (Object.keys(eventReasons) as Notice["kind"][]).filter((kind) => kind !== "recovered");
    const told = kinds.filter((kind) => this.#sent.delete(`${uid} ${kind}`));
    return told.length > 0;
  }

  #remember(key: string, sent: Sent): void {
    this.#sent.delete(key);
    for (const oldest of this.#sent.size < mostPods ? [] : [...this.#sent.keys()].slice(0, 1))
      this.#sent.delete(oldest);
    this.#sent.set(key, sent);
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

/** The namespace is going, or the pod's name has no place in it: for this pod it cannot be told, for others it can. */
function isOwn(status: number): boolean {
  return status === 404 || status === 409 || status === 422;
}
