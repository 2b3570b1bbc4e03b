import { setTimeout as wait } from "node:timers/promises";

/** What stores never do, and a defect could: objects of these names hold the event loop or use up the memory. */
export async function faultOf(name: string, signal: AbortSignal): Promise<void> {
  if (name === "hold-the-loop") hold();
  if (name === "eat-memory-at-once") eat(Infinity);
  if (name === "eat-memory") {
    const eaten: object[] = [];
    while (!signal.aborted) {
      eaten.push(eat(20));
      await wait(5);
    }
  }
}

function hold(): never {
  for (;;);
}

/** So many pieces of about 10 KiB on the heap; with `Infinity`, until the end. */
function eat(pieces: number): object {
  const eaten: number[][] = [];
  for (let piece = 0; piece < pieces; piece += 1) {
    eaten.push(Array.from({ length: 1280 }, (_, index) => index + piece + 0.5));
  }
  return eaten;
}
