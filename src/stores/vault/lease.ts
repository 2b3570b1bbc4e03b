import type { VaultToken } from "../../identity/vault/login.ts";
import type { Secret } from "../../model/secret.ts";
import type { VaultAnswer } from "./answer.ts";
import type { VaultRef } from "./language.ts";

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
  /** When the pod was last mounted, or known to be there. */
  seenAt: number;
}

/** Time without a Mount after which it is asked whether the pod is still there, in milliseconds. */
const quietAfter = 10 * 60_000;

/** Most leases kept, and most bytes of their answers; above that those used longest ago are left to end by themselves. */
const most = { leases: 10_000, bytes: 32 << 20, each: 512 << 10 } as const;

/** The share of its life after which something is renewed, or got anew where it cannot be. */
const share = 2 / 3;

/**
 * What an answer is kept for: its lease, or the end of the certificate in it. Undefined for one that has neither, which
 * anybody may share: a KV secret has a duration but no lease. Times are in seconds in answers.
 */
export function lifeOf(answer: VaultAnswer, isWrite: boolean, now: number): Life | undefined {
  const { leaseId, leaseDuration, renewable, data } = answer;
  const duration = Number(leaseDuration) * 1000;
  if (leaseId !== "") return { leaseId, renewable, duration, endsAt: now + duration };
  // Only what was issued ends with its date: a secret may hold a field of that name.
  if (!isWrite || !(data.has("certificate") || data.has("serial_number"))) return undefined;
  const expiration = data.get("expiration");
  const digits = typeof expiration === "object" && expiration !== null && "digits" in expiration && expiration.digits;
  if (typeof digits !== "string" || !/^\d{9,11}$/u.test(digits)) return undefined;
  const endsAt = Number(digits) * 1000;
  return endsAt <= now ? undefined : { leaseId: "", renewable: false, duration: endsAt - now, endsAt };
}

/** A lease and its name in the book. */
export interface Named<Owner> {
  readonly name: string;
  readonly lease: Lease<Owner>;
}

/** Answers that belong to one pod each, by name. */
export class LeaseBook<Owner> {
  readonly #leases = new Map<string, Lease<Owner>>();
  #bytes = 0;

  /** The pod's answer, as long as it lives; notes that the pod was seen, and what is known of its token now. */
  use(name: string, owner: Owner, current: VaultToken | undefined, now: number): Lease<Owner> | undefined {
    const lease = this.#leases.get(name);
    if (lease === undefined) return undefined;
    lease.seenAt = now;
    lease.owner = owner;
    if (current?.token === lease.token.token) lease.token = current;
    if (now >= endOf(lease)) {
      this.remove(name);
      return undefined;
    }
    // Used last, dropped last.
    this.#leases.delete(name);
    this.#leases.set(name, lease);
    return lease;
  }

  /** One that is too large is not kept: every Mount then gets another. */
  keep(name: string, lease: Omit<Lease<Owner>, "seenAt">, now: number): void {
    this.remove(name);
    if (lease.body.size > most.each) return;
    for (const oldest of this.#leases.keys()) {
      if (this.#leases.size < most.leases && this.#bytes + lease.body.size <= most.bytes) break;
      this.remove(oldest);
    }
    this.#bytes += lease.body.size;
    this.#leases.set(name, { ...lease, seenAt: now });
  }

  /** Forgets a lease and wipes its answer. */
  remove(name: string): void {
    const lease = this.#leases.get(name);
    if (lease === undefined) return;
    this.#leases.delete(name);
    this.#bytes -= lease.body.size;
    lease.body.wipe();
  }

  /** Whether a lease was made with this token. */
  has(token: Secret): boolean {
    return [...this.#leases.values()].some((lease) => lease.life.leaseId !== "" && lease.token.token === token);
  }

  /** Forgets every lease that was made with this token, and ended with it. */
  removeAll(token: Secret): void {
    for (const [name, { life, token: own }] of this.#leases) {
      if (life.leaseId !== "" && own.token === token) this.remove(name);
    }
  }

  get size(): number {
    return this.#leases.size;
  }

  /**
   * Forgets leases that are over. Names those to renew before `soon`, and those of pods that were not mounted for a while:
   * they may be gone, or run on without rotation.
   */
  sweep(now: number, soon: number): { readonly quiet: readonly Named<Owner>[]; readonly due: readonly Lease<Owner>[] } {
    for (const [name, lease] of this.#leases) if (now >= endOf(lease)) this.remove(name);
    const all = [...this.#leases].map(([name, lease]) => ({ name, lease }));
    return {
      quiet: all.filter(({ lease }) => now - lease.seenAt > quietAfter),
      due: all.flatMap(({ lease }) => (isDue(lease, soon) ? [lease] : [])),
    };
  }
}

/** Whether it is time to renew: two thirds of its life, or of its token's, are over. */
export function isDue(lease: Lease<unknown>, now: number): boolean {
  if (!lease.life.renewable || lease.life.leaseId === "") return false;
  return now >= lease.renewedAt + lease.life.duration * share || now >= dueOf(lease.token);
}

/**
 * Whether too little is left of its life, or of its token's where that was replaced and nobody renews it any more: another
 * is to be got at the pod's next Mount.
 */
export function isWorn({ life, token }: Lease<unknown>, current: VaultToken | undefined, now: number): boolean {
  if (now >= life.endsAt - life.duration * (1 - share)) return true;
  if (life.leaseId === "" || current === undefined || current.token === token.token) return false;
  return now >= dueOf(token);
}

function endOf({ life, token }: Lease<unknown>): number {
  return life.leaseId === "" ? life.endsAt : Math.min(life.endsAt, token.expiresAt);
}

function dueOf({ renewedAt, expiresAt }: VaultToken): number {
  return expiresAt === Infinity ? Infinity : renewedAt + (expiresAt - renewedAt) * share;
}
