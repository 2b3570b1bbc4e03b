/** The calls of one server that have not ended, so that a stop can wait for them and cut them short. */
export class CallsInFlight {
  readonly #calls = new Set<AbortController>();
  readonly #waiting: (() => void)[] = [];

  get count(): number {
    return this.#calls.size;
  }

  /** Runs a call; its controller is aborted by `abort`. Ends with the promise it gives. */
  async run<T>(call: (controller: AbortController) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#calls.add(controller);
    try {
      return await call(controller);
    } finally {
      this.#calls.delete(controller);
      if (this.#calls.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  /** Resolves when there is none. */
  idle(): Promise<void> {
    return this.#calls.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Aborts every call with this reason. */
  abort(reason: Error): void {
    for (const controller of this.#calls) controller.abort(reason);
  }
}
