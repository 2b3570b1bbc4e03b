/**
 * What another thread must know to answer calls in the daemon's place, in memory that both see: a heartbeat, how much
 * the heap may still grow, and the open streams of every connection. Written by the main thread, without locks: the
 * reader acts only when that thread has not run for seconds.
 */
export class StreamTable {
  /** Hand this to the other thread, and make a table of it there. */
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  /** Free slots, so that taking one costs no search. */
  readonly #freeStreams: number[] = [];
  readonly #freeConnections: number[] = [];

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(size * 4)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    for (let slot = maxStreams - 1; slot >= 0; slot -= 1) this.#freeStreams.push(slot);
    for (let slot = maxConnections - 1; slot >= 0; slot -= 1) this.#freeConnections.push(slot);
  }

  /** The main thread runs; `headroom`: KiB that its heap may still grow. */
  beat(headroom: number): void {
    Atomics.store(this.#words, at.headroom, Math.min(headroom, 2 ** 31 - 1));
    Atomics.add(this.#words, at.beat, 1);
    Atomics.notify(this.#words, at.beat);
  }

  /** Waits for a beat at most a duration in ms; whether one came since `last`, the count, and the headroom in KiB. */
  awaitBeat(last: number, milliseconds: number): { readonly beat: number; readonly headroom: number } {
    Atomics.wait(this.#words, at.beat, last, milliseconds);
    return { beat: Atomics.load(this.#words, at.beat), headroom: Atomics.load(this.#words, at.headroom) };
  }

  /** A connection by its file descriptor; undefined when the table is full. */
  connect(fd: number): number | undefined {
    const connection = this.#freeConnections.pop();
    if (connection === undefined) return undefined;
    this.#words[at.connections + connection * 2 + 1] = 0;
    this.#words[at.connections + connection * 2] = fd + 1;
    return connection;
  }

  /** Octets of the connection wait to be written: nobody else may write there. */
  setBusy(connection: number, busy: boolean): void {
    this.#words[at.connections + connection * 2 + 1] = busy ? 1 : 0;
  }

  disconnect(connection: number): void {
    this.#words[at.connections + connection * 2] = 0;
    this.#freeConnections.push(connection);
  }

  /** A stream begins; gives its slot, undefined when the table is full. */
  open(connection: number, stream: number): number | undefined {
    const slot = this.#freeStreams.pop();
    if (slot === undefined) return undefined;
    const word = at.streams + slot * 3;
    this.#words[word + 1] = stream;
    this.#words[word + 2] = 0;
    this.#words[word] = connection + 1;
    return slot;
  }

  /** The answer of a stream has begun. */
  setAnswering(slot: number): void {
    this.#words[at.streams + slot * 3 + 2] = 1;
  }

  close(slot: number): void {
    this.#words[at.streams + slot * 3] = 0;
    this.#freeStreams.push(slot);
  }

  /** Every open stream whose connection somebody else may write to, by file descriptor. */
  openStreams(): ReadonlyMap<number, readonly OpenStream[]> {
    const found = new Map<number, OpenStream[]>();
    for (let slot = 0; slot < maxStreams; slot += 1) {
      const [connection = 0, stream = 0, answering = 0] = this.#words.subarray(at.streams + slot * 3);
      if (connection === 0) continue;
      const [fd = 0, busy = 0] = this.#words.subarray(at.connections + (connection - 1) * 2);
      if (fd === 0 || busy !== 0) continue;
      found.set(fd - 1, [...(found.get(fd - 1) ?? []), { stream, answering: answering !== 0 }]);
    }
    return found;
  }
}

/** A call that has not ended. */
export interface OpenStream {
  readonly stream: number;
  /** Whether a part of its answer has left. */
  readonly answering: boolean;
}

const maxConnections = 64;
const maxStreams = 2048;

/** Where everything lies, in words of 32 bits. */
const at = { beat: 0, headroom: 1, connections: 2, streams: 2 + maxConnections * 2 };
const size = at.streams + maxStreams * 3;
