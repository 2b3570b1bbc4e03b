import type { Clock } from "../../model/clock.ts";
import type { Pod } from "../../model/pod.ts";
import { isDue, LeaseBook, type Lease, type Named } from "./lease.ts";
import { escapedPath } from "./request.ts";
import type { VaultSession, VaultSessions } from "./session.ts";

export type VaultLease = Lease<VaultSession>;

/** Whether the cluster has no such pod any more. Rejects with MountError when it cannot be told. */
export type IsGone = (pod: Pod, signal: AbortSignal) => Promise<boolean>;

/** How far ahead of its time something is renewed, in milliseconds: the sweep comes every half minute. */
const ahead = 45_000;

/** Most renewals and revocations under way at once. */
const mostAtOnce = 16;

/** Longest time that what no Mount waits for may take, in milliseconds. */
const backgroundLimit = 20_000;

/** Renews and revokes the leases of pods. */
export class LeaseCare {
  readonly book = new LeaseBook<VaultSession>();
  readonly #sessions: VaultSessions;
  readonly #outside: Clock;
  readonly #isGone: IsGone | undefined;
  #sweeping = false;

  /** Without `isGone` nothing is ever revoked: silence is no proof that a pod is gone. */
  constructor(sessions: VaultSessions, outside: Clock, isGone: IsGone | undefined) {
    this.#sessions = sessions;
    this.#outside = outside;
    this.#isGone = isGone;
  }

  /** Renews a lease if it is time. Rejects with the signal's reason only: when it fails, the lease lives on to its end. */
  async renewIfDue(lease: VaultLease, signal: AbortSignal): Promise<void> {
    if (!isDue(lease, this.#outside.now())) return;
    await this.#renew(lease, signal).catch(() => {
      signal.throwIfAborted();
    });
  }

  async #renew(lease: VaultLease, signal: AbortSignal): Promise<void> {
    const { owner, life } = lease;
    const server = await this.#sessions.connect(owner, signal);
    const held = await this.#sessions.token(owner, server, signal);
    // It ends with the token that it was made with, which may have been replaced.
    if (held.token === lease.token.token) lease.token = held;
    const { token } = lease.token;
    const increment = Math.round(life.duration / 1000);
    const body = JSON.stringify({ lease_id: life.leaseId, increment });
    const path = escapedPath({ path: "/v1/sys/leases/renew", query: "" }, server.address);
    const reply = await this.#sessions.call(server, { method: "PUT", path, token, body }, signal);
    if (reply.status >= 500 || reply.status === 429) return;
    const seconds = reply.status === 200 ? grantedBy(reply.body) : 0;
    const now = this.#outside.now();
    if (seconds > 0) {
      lease.renewedAt = now;
      lease.life = { ...life, endsAt: now + seconds * 1000 };
    } else lease.life = { ...life, renewable: false };
  }

  /** Renews what is due soon and revokes what belonged to pods that are gone. Never rejects. */
  async sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      const now = this.#outside.now();
      const { quiet, due } = this.book.sweep(now, now + ahead);
      const work = [
        ...due.map((lease) => (signal: AbortSignal) => this.#renew(lease, signal)),
        ...quiet.map((named) => (signal: AbortSignal) => this.#endIfGone(named, signal)),
      ];
      const run = async () => {
        for (let next = work.shift(); next !== undefined; next = work.shift()) {
          await next(AbortSignal.timeout(backgroundLimit)).catch(() => undefined);
        }
      };
      await Promise.all(Array.from({ length: mostAtOnce }, run));
    } finally {
      this.#sweeping = false;
    }
  }

  /** Only the cluster knows whether a pod is gone; as long as it does not say so, its lease is kept. */
  async #endIfGone({ name, lease }: Named<VaultSession>, signal: AbortSignal): Promise<void> {
    if (this.#isGone === undefined) return;
    // Where it cannot be told, it is asked again only when the pod has been quiet for as long once more.
    const isGone = await this.#isGone(lease.owner.pod, signal).catch(() => false);
    if (!isGone) {
      lease.seenAt = this.#outside.now();
      return;
    }
    const { leaseId } = lease.life;
    this.book.remove(name);
    if (leaseId !== "") await this.#revoke(lease, signal);
  }

  /** The server may refuse: the role's policy must allow it. The lease then ends by itself. */
  async #revoke({ owner, life, token }: VaultLease, signal: AbortSignal): Promise<void> {
    const server = await this.#sessions.connect(owner, signal);
    const body = JSON.stringify({ lease_id: life.leaseId });
    const path = escapedPath({ path: "/v1/sys/leases/revoke", query: "" }, server.address);
    await this.#sessions.call(server, { method: "PUT", path, token: token.token, body }, signal);
  }
}

/** Seconds that a renewal grants; 0 when the answer does not say. */
function grantedBy(body: Uint8Array): number {
  try {
    const answer = JSON.parse(Buffer.from(body).toString("utf8")) as { readonly lease_duration?: unknown } | null;
    return typeof answer?.lease_duration === "number" ? answer.lease_duration : 0;
  } catch {
    return 0;
  }
}
