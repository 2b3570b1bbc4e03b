import { MountError } from "../model/error.ts";
import { BytePool } from "./byte-pool.ts";
import { orAborted } from "./or-aborted.ts";

/** How the bytes in flight are divided; all in bytes. */
export interface ByteLimits {
  /** For what Mounts are expected to hold, reserved at once before they read. One namespace has at most half. */
  readonly expected: number;
  /** What one Mount may hold at most. */
  readonly mount: number;
  /** How many Mounts may hold more than was expected of them, each up to `mount`, at once. */
  readonly large: number;
}

/** Of the memory limit, the part that contents in flight may be: each byte is held some six times on its way. */
const partOfMemory = 1 / 16;

/** Whatever the memory limit is, one Mount can hold what it read and its own copy of that. */
const perAnswer = 2.5;

/** The limits for a process with so much memory, whose answers have at most so many bytes. */
export function byteLimits(memory: number, maxAnswer: number): ByteLimits {
  const half = (memory * partOfMemory) / 2;
  const mount = Math.ceil(Math.max(half / 2, perAnswer * maxAnswer));
  return { expected: Math.floor(half), mount, large: Math.max(1, Math.floor(half / mount)) };
}

/**
 * The bytes in flight of the process. Mounts wait rather than let it die. No Mount waits for what another waiting one
 * holds: what is expected of it is reserved at once, before it holds anything; and one that turns out larger waits for
 * one of a few places with room for the largest, after which it waits for nothing.
 */
export class ByteBudget {
  readonly limits: ByteLimits;
  readonly #expected: BytePool;
  readonly #large: BytePool;

  constructor(limits: ByteLimits) {
    this.limits = limits;
    this.#expected = new BytePool(limits.expected);
    this.#large = new BytePool(limits.large);
  }

  /** What is reserved, in bytes, and how many Mounts wait; for metrics. */
  get usage(): { readonly reserved: number; readonly waiting: number } {
    const { used: expected, waiting } = this.#expected;
    const { used: large, waiting: waitingLarge } = this.#large;
    return { reserved: expected + large * this.limits.mount, waiting: waiting + waitingLarge };
  }

  /** Opens the account of one Mount; it holds nothing yet. */
  open(namespace: string): ByteAccount {
    return new ByteAccount(namespace, this.limits, this.#expected, this.#large);
  }
}

/** What one Mount holds. To be closed when its answer is out; what it reads closes its part of it then or later. */
export class ByteAccount {
  readonly #namespace: string;
  readonly #limits: ByteLimits;
  readonly #expected: BytePool;
  readonly #large: BytePool;
  /** Reserved for what was expected, and for what came in beyond that while there was room. */
  #reserved = 0;
  #expectation = 0;
  /** Held in fact. */
  #held = 0;
  #isLarge = false;
  /** The request for a place as a large Mount; one, however many reads grow. */
  #growing: Promise<void> | undefined;
  readonly #closed = new AbortController();
  #users = 1;
  /** Reads that hold more than will be left of them, and do not wait for room themselves. */
  #shrinking = 0;
  #change = Promise.withResolvers<undefined>();

  constructor(namespace: string, limits: ByteLimits, expected: BytePool, large: BytePool) {
    this.#namespace = namespace;
    this.#limits = limits;
    this.#expected = expected;
    this.#large = large;
  }

  /** Held in fact, in bytes. */
  get held(): number {
    return this.#held;
  }

  /** Takes bytes at once where there is room for them without waiting; says whether there was. */
  tryTake(bytes: number): boolean {
    if (this.#held + bytes > this.#limits.mount || !(this.#fits(bytes) || this.#extend(bytes))) return false;
    this.#held += bytes;
    return true;
  }

  /**
   * Waits until what is expected is reserved, before any of it is held. Of more than one namespace may reserve, it
   * reserves that: the Mount grows when it comes to it. Rejects with the signal's reason.
   */
  async expect(bytes: number, signal: AbortSignal): Promise<void> {
    const capped = Math.min(bytes, this.#limits.mount, Math.floor(this.#limits.expected / 2));
    await this.#expected.acquire(this.#namespace, capped, signal);
    if (this.#users === 0) this.#expected.release(this.#namespace, capped);
    else {
      this.#reserved += capped;
      this.#expectation += capped;
    }
  }

  /**
   * Takes bytes that are about to be held, waiting until there is room for them. Throws `response_too_large` when the
   * Mount would hold more than any may, and none of its reads can still give anything back; or the signal's reason.
   */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    while (this.#held + bytes > this.#limits.mount) {
      if (this.#shrinking === 0) {
        const problem = `what this volume reads is more than ${this.#limits.mount} bytes together`;
        throw new MountError("response_too_large", `${problem}; mount fewer or smaller objects`);
      }
      await orAborted(this.#change.promise, signal);
    }
    this.#held += bytes;
    try {
      while (!this.#fits(0) && !this.#extend(0) && this.#users > 0) await this.#grow(signal);
    } catch (error) {
      this.#held -= bytes;
      throw error;
    }
  }

  /** Gives back bytes that are held no longer. */
  give(bytes: number): void {
    this.#held = Math.max(0, this.#held - bytes);
    this.#changed();
    const unused = this.#reserved - Math.max(this.#expectation, this.#held);
    if (unused > 0) {
      this.#reserved -= unused;
      this.#expected.release(this.#namespace, unused);
    }
    if (!this.#isLarge || this.#held > this.#reserved) return;
    this.#isLarge = false;
    this.#large.release(this.#namespace, 1);
  }

  /** One read more (1) or fewer (-1) may still give back some of what it holds. */
  shrinking(by: 1 | -1): void {
    this.#shrinking += by;
    this.#changed();
  }

  /** The part of one read, which may outlive the Mount. To be closed. */
  read(): ReadBytes {
    this.#users += 1;
    return new ReadBytes(this);
  }

  /** One user fewer; the last one gives everything back. */
  close(): void {
    this.#users -= 1;
    if (this.#users !== 0) return;
    this.#closed.abort(new MountError("cancelled", "closed"));
    this.#expected.release(this.#namespace, this.#reserved);
    if (this.#isLarge) this.#large.release(this.#namespace, 1);
    this.#reserved = 0;
    this.#held = 0;
    this.#isLarge = false;
  }

  /** More of what is reserved at once, where that is free just now. */
  #extend(bytes: number): boolean {
    const more = this.#held + bytes - this.#reserved;
    if (this.#users === 0 || !this.#expected.tryAcquire(this.#namespace, more)) return false;
    this.#reserved += more;
    return true;
  }

  #changed(): void {
    this.#change.resolve(undefined);
    this.#change = Promise.withResolvers();
  }

  #fits(bytes: number): boolean {
    return this.#held + bytes <= (this.#isLarge ? this.#limits.mount : this.#reserved);
  }

  async #grow(signal: AbortSignal): Promise<void> {
    this.#growing ??= this.#large
      .acquire(this.#namespace, 1, this.#closed.signal)
      .then(() => {
        if (this.#users === 0 || this.#held <= this.#reserved) this.#large.release(this.#namespace, 1);
        else this.#isLarge = true;
      })
      .catch(() => undefined)
      .finally(() => {
        this.#growing = undefined;
      });
    await orAborted(this.#growing, signal);
  }
}

/** What one read takes of its Mount's account: first as the store's answers come in, then as what was found in them. */
export class ReadBytes {
  readonly #account: ByteAccount;
  #taken = 0;
  #waiting = 0;
  #isClosed = false;
  /** Whether it holds what came in, of which its answer may be only a part. */
  #isRaw = false;

  constructor(account: ByteAccount) {
    this.#account = account;
  }

  /** Whether it waits for room now: that is no fault of the store, and no limit for its answer counts meanwhile. */
  get waits(): boolean {
    return this.#waiting > 0;
  }

  /** Takes bytes that came in, or are about to; as `ByteAccount.take`. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    this.#setRaw(false);
    this.#waiting += 1;
    try {
      await this.#account.take(bytes, signal);
    } finally {
      this.#waiting -= 1;
    }
    if (this.#isClosed) this.#account.give(bytes);
    else {
      this.#taken += bytes;
      this.#setRaw(true);
    }
  }

  /** The read is over, and so many bytes are all that is left of it. */
  async settle(bytes: number, signal: AbortSignal): Promise<void> {
    if (bytes > this.#taken) await this.take(bytes - this.#taken, signal);
    this.#account.give(this.#taken - bytes);
    this.#taken = bytes;
    this.#setRaw(false);
  }

  /** Nobody holds what it read. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#setRaw(false);
    this.#account.give(this.#taken);
    this.#account.close();
  }

  #setRaw(isRaw: boolean): void {
    if (isRaw === this.#isRaw) return;
    this.#isRaw = isRaw;
    this.#account.shrinking(isRaw ? 1 : -1);
  }
}
