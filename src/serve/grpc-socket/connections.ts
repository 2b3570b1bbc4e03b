import type { Socket } from "node:net";

/** The open connections of one server. */
export class Connections {
  readonly #open = new Set<Socket>();
  readonly #waiting: (() => void)[] = [];

  add(socket: Socket): void {
    this.#open.add(socket);
    socket.on("close", () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  /** Resolves when none is open. */
  ended(): Promise<void> {
    return this.#open.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends all of them at once. */
  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
