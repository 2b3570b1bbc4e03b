import type { VaultToken } from "../../identity/vault-tokens.ts";
import type { Secret } from "../../model/secret.ts";
import type { VaultAnswer } from "./answer.ts";
import type { VaultRef } from "./params.ts";

/** What an answer is good for beyond the Mount that asked for it. Times are in milliseconds since 1970. */
export interface Life {
  /** Empty for what has an end but no lease, such as a certificate. */
  readonly leaseId: string;
  readonly renewable: boolean;
  /** How long it was given for, in milliseconds. */
  readonly duration: number;
  readonly endsAt: number;
}

/** An answer that belongs to one pod. */
export interface Lease<Owner> {
  /** The answer's body. */
  readonly body: Secret;
  readonly version: string;
  readonly ref: VaultRef;
  /** Whoever may renew it: the session of the pod's last Mount. */
  owner: Owner;
  life: Life;
  /** When it was last given its full duration. */
  renewedAt: number;
  /** The token that it was made with: it ends with it. */
  token: VaultToken;
  /** Mounts of the pod that were given it, the time of the last, and the longest pause between two. */
  mounts: number;
  seenAt: number;
  longestPause: number;
}

/** Shortest time without a Mount after which a pod counts as gone, in milliseconds: several rotation intervals. */
const leastGone = 10 * 60_000;

/** Most leases kept; above that the one used longest ago is left to end by itself. */
const mostLeases = 10_000;

/** The share of its life after which something is renewed, or got anew where it cannot be. */
const share = 2 / 3;

/**
 * What an answer is kept for: its lease, or the end of the certificate in it. Undefined for one that has neither, which
 * anybody may share: a KV secret has a duration but no lease. Times are in seconds in answers.
 */
export function lifeOf(answer: VaultAnswer, now: number): Life | undefined {
  const { leaseId, leaseDuration, renewable, data } = answer;
  const duration = Number(leaseDuration) * 1000;
  if (leaseId !== "") return { leaseId, renewable, duration, endsAt: now + duration };
  const expiration = data.get("expiration");
  const digits = typeof expiration === "object" && expiration !== null && "digits" in expiration && expiration.digits;
  if (typeof digits !== "string" || !/^\d{9,11}$/u.test(digits)) return undefined;
  const endsAt = Number(digits) * 1000;
  return endsAt <= now ? undefined : { leaseId: "", renewable: false, duration: endsAt - now, endsAt };
}

/** Answers that belong to one pod each, by name. */
export class LeaseBook<Owner> {
  readonly #leases = new Map<string, Lease<Owner>>();

  /** The pod's answer, as long as it lives; notes that the pod was seen, and what is known of its token now. */
  use(name: string, owner: Owner, current: VaultToken | undefined, now: number): Lease<Owner> | undefined {
    const lease = this.#leases.get(name);
    if (lease === undefined) return undefined;
    lease.longestPause = Math.max(lease.longestPause, now - lease.seenAt);
    lease.seenAt = now;
    lease.mounts += 1;
    lease.owner = owner;
    if (current?.token === lease.token.token) lease.token = current;
    this.#leases.delete(name);
    if (now >= endOf(lease)) return undefined;
    this.#leases.set(name, lease);
    return lease;
  }

  keep(name: string, lease: Omit<Lease<Owner>, "mounts" | "seenAt" | "longestPause">, now: number): void {
    for (const oldest of this.#leases.size < mostLeases ? [] : [...this.#leases.keys()].slice(0, 1)) {
      this.#leases.delete(oldest);
    }
    this.#leases.set(name, { ...lease, mounts: 1, seenAt: now, longestPause: 0 });
  }

  get size(): number {
    return this.#leases.size;
  }

  /**
   * Takes out the leases of pods that are gone, and names those to renew before `soon`. A pod that was mounted only once
   * may run on without rotation: it is never gone, and its lease is renewed for as long as the server allows.
   */
  sweep(now: number, soon: number): { readonly gone: readonly Lease<Owner>[]; readonly due: readonly Lease<Owner>[] } {
    const gone: Lease<Owner>[] = [];
    const due: Lease<Owner>[] = [];
    for (const [name, lease] of this.#leases) {
      const patience = Math.max(leastGone, 3 * lease.longestPause);
      const isOver = now >= endOf(lease);
      const isGone = lease.mounts > 1 && now - lease.seenAt > patience;
      if (isOver || isGone) this.#leases.delete(name);
      if (isGone && !isOver && lease.life.leaseId !== "") gone.push(lease);
      else if (!isOver && !isGone && isDue(lease, soon)) due.push(lease);
    }
    return { gone, due };
  }
}

/** Whether it is time to renew: two thirds of its life, or of its token's, are over. */
export function isDue(lease: Lease<unknown>, now: number): boolean {
  if (!lease.life.renewable || lease.life.leaseId === "") return false;
  return now >= lease.renewedAt + lease.life.duration * share || now >= dueOf(lease.token);
}

/**
 * Whether too little is left of its life, or its token was replaced and will end: another is to be got at the pod's next
 * Mount.
 */
export function isWorn({ life, token }: Lease<unknown>, current: VaultToken | undefined, now: number): boolean {
  if (now >= life.endsAt - life.duration * (1 - share)) return true;
  return life.leaseId !== "" && current !== undefined && current.token !== token.token;
}

function endOf({ life, token }: Lease<unknown>): number {
  return life.leaseId === "" ? life.endsAt : Math.min(life.endsAt, token.expiresAt);
}

function dueOf({ renewedAt, expiresAt }: VaultToken): number {
  return expiresAt === Infinity ? Infinity : renewedAt + (expiresAt - renewedAt) * share;
}
