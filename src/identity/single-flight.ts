import { MountError } from "../model/error.ts";

interface Flight<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
}

/** Lets equal work under way be done once. It is aborted when the last who waits for it has gone. */
export class SharedWork<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** What `work` gives, begun now or by somebody before. Rejects with the signal's reason when it aborts. */
  async run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.waiting += 1;
    const left = new AbortController();
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true, signal: left.signal });
    });
    try {
      return await Promise.race([flight.result, aborted]);
    } finally {
      left.abort();
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        this.#forget(key, flight);
        flight.stop.abort(new MountError("cancelled", "nobody waits for it"));
      }
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const stop = new AbortController();
    const flight: Flight<T> = { result: work(stop.signal), stop, waiting: 0 };
    this.#flights.set(key, flight);
    const over = () => this.#forget(key, flight);
    flight.result.then(over, over);
    return flight;
  }

  #forget(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
