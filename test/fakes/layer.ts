import { byteLimits } from "../../src/fetch/bytes.ts";
import { FetchLayer, type FetchLayerOptions } from "../../src/fetch/fetch-layer.ts";
import type { Clock } from "../../src/model/clock.ts";

/** A fetch layer with the daemon's defaults, but for what the test says. */
export function createLayer(clock: Clock, change: Partial<FetchLayerOptions> = {}): FetchLayer {
  return new FetchLayer({
    clock,
    freshness: { interval: 120_000, minInterval: 30_000, firstMount: 2000, staleOnError: 0 },
    bounds: { entries: 10_000, bytes: 64 << 20 },
    bytes: byteLimits(512 << 20, 4 << 20),
    maxRetryAfter: 90_000,
    observer: { answered: () => undefined, throttled: () => undefined },
    metered: (_, work) => work(),
    ...change,
  });
}
