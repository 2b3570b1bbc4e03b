import type { VaultReply, VaultServer } from "../../identity/vault/call.ts";
import type { VaultToken } from "../../identity/vault/login.ts";
import type { HeldVaultToken } from "../../identity/vault/tokens.ts";
import { SharedWork } from "../../identity/single-flight.ts";
import { MountError } from "../../model/error.ts";
import type { Found, Outcome } from "../../model/outcome.ts";
import type { Clock } from "../../model/clock.ts";
import { Secret } from "../../model/secret.ts";
import { parseAnswer } from "./answer.ts";
import { refusalOf } from "./errors.ts";
import type { LeaseCare } from "./lease-care.ts";
import { isWorn, lifeOf } from "./lease.ts";
import { contentOf, versionOf } from "./native.ts";
import { isRead, type VaultRef } from "./language.ts";
import { escapedPath, requestKey, shownPath } from "./request.ts";
import type { VaultSession, VaultSessions } from "./session.ts";

/** What reading needs. */
export interface ReaderWiring {
  readonly sessions: VaultSessions;
  readonly leases: LeaseCare;
  readonly outside: Clock;
  /** The key of versions that the server does not give. */
  readonly versionKey: (ownSecret: string) => Promise<Secret>;
}

/** One object to read for one pod. */
interface Reading {
  /** Of session, pod and request. */
  readonly name: string;
  readonly ref: VaultRef;
  readonly session: VaultSession;
  readonly signal: AbortSignal;
}

interface Kept {
  readonly found: Found;
  readonly isWorn: boolean;
}

/** How long a policy's denial is believed although the token is an old one, in milliseconds. */
const denialHolds = 60_000;

/** Most denials remembered. */
const mostDenied = 10_000;

/** Reads with the session's token; what belongs to one pod is kept for it. */
export class VaultReader {
  readonly #wiring: ReaderWiring;
  readonly #reads = new SharedWork<Outcome>();
  readonly #denied = new Map<string, number>();

  constructor(wiring: ReaderWiring) {
    this.#wiring = wiring;
  }

  /** One answer. Volumes of one pod that want the same at once get the same. Rejects with the signal's reason only. */
  async read(ref: VaultRef, session: VaultSession, signal: AbortSignal): Promise<Outcome> {
    signal.throwIfAborted();
    const { key, pod } = session;
    const name = `${key}\0${pod.name}\0${pod.uid}\0${requestKey(ref.request)}`;
    try {
      return await this.#reads.run(name, signal, (inner) => this.#readOnce({ name, ref, session, signal: inner }));
    } catch (thrown) {
      signal.throwIfAborted();
      return { kind: "failed", error: MountError.from(thrown) };
    }
  }

  async #readOnce(reading: Reading): Promise<Outcome> {
    const server = await this.#wiring.sessions.connect(reading.session, reading.signal);
    const held = await this.#token(reading, server);
    const kept = await this.#kept(reading, held);
    if (kept?.isWorn === false) return kept.found;
    if (held instanceof MountError) {
      if (kept !== undefined) return kept.found;
      throw held;
    }
    const outcome = await this.#ask(reading, server, held);
    // What is worn is good for a while yet.
    const failing = outcome.kind === "failed" && outcome.error.transient;
    return failing && kept !== undefined ? kept.found : outcome;
  }

  /** The session's token, or why there is none just now: what the pod has already can do without. */
  async #token({ session, signal }: Reading, server: VaultServer): Promise<HeldVaultToken | MountError> {
    try {
      return await this.#wiring.sessions.token(session, server, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const error = MountError.from(thrown);
      if (error.transient) return error;
      throw error;
    }
  }

  /** What the pod has from before, and whether another is to be got. */
  async #kept({ name, session, signal }: Reading, held: HeldVaultToken | MountError): Promise<Kept | undefined> {
    const { outside, leases } = this.#wiring;
    const current = held instanceof MountError ? undefined : held;
    const lease = leases.book.use(name, session, current, outside.now());
    if (lease === undefined) return undefined;
    if (current !== undefined) await leases.renewIfDue(lease, signal);
    const found = { ...contentOf(lease.body.copy(), lease.ref, lease.version), owned: true } as const;
    return { found, isWorn: current !== undefined && isWorn(lease, current, outside.now()) };
  }

  async #ask(reading: Reading, server: VaultServer, held: HeldVaultToken): Promise<Outcome> {
    const { name, ref, session, signal } = reading;
    const first = await this.#request(reading, server, held);
    const denied = this.#denied.get(name) ?? -Infinity;
    const blamed = held.kept && this.#wiring.outside.monotonic() - denied >= denialHolds;
    if (first.status !== 403 || !blamed) return this.#outcome(reading, server, held, first);
    // The token may have been revoked, or be older than the grant.
    const { sessions, leases } = this.#wiring;
    const ask = (token: VaultToken) => this.#request({ name, ref, session, signal }, server, token);
    const { reply, token, replaced } = await sessions.again(session, server, held, ask, signal);
    // Leases end with their token; those of one that is merely older than the grant live on.
    if (replaced && leases.book.has(held.token) && !(await sessions.isAlive(held, server, signal))) {
      leases.book.removeAll(held.token);
    }
    return this.#outcome(reading, server, token, reply);
  }

  async #outcome(reading: Reading, server: VaultServer, token: VaultToken, reply: VaultReply): Promise<Outcome> {
    const { name, ref, session } = reading;
    if (reply.status < 300) {
      this.#denied.delete(name);
      return this.#found(reading, token, reply.body);
    }
    if (reply.status === 403) {
      if (this.#denied.size > mostDenied) this.#denied.clear();
      this.#denied.set(name, this.#wiring.outside.monotonic());
    }
    return refusalOf(reply, ref.request, session.params, server.address);
  }

  async #found({ name, ref, session }: Reading, token: VaultToken, bytes: Uint8Array): Promise<Found> {
    const { outside, leases, versionKey } = this.#wiring;
    const now = outside.now();
    const answer = parseAnswer(bytes, shownPath(ref.request), ref.knowsMountType);
    const body = new Secret(bytes);
    const version = await versionOf(answer, () => versionKey(session.params.hmacSecret));
    const found = contentOf(body, ref, version, answer);
    const life = lifeOf(answer, !isRead(ref.request), now);
    if (life !== undefined) {
      leases.book.keep(name, { body: body.copy(), version, ref, owner: session, life, renewedAt: now, token }, now);
    }
    return life === undefined && isRead(ref.request) ? found : { ...found, owned: true };
  }

  async #request({ ref, signal }: Reading, server: VaultServer, { token }: VaultToken): Promise<VaultReply> {
    const { method, body } = ref.request;
    const path = escapedPath(ref.request, server.address);
    const { sessions } = this.#wiring;
    try {
      const reply = await sessions.call(server, { method, path, token, body }, signal);
      if (reply.status >= 500) sessions.failed(server);
      return reply;
    } catch (thrown) {
      signal.throwIfAborted();
      sessions.failed(server);
      throw thrown;
    }
  }
}
