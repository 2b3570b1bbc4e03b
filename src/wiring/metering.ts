import { AsyncLocalStorage } from "node:async_hooks";
import type { FetchLayerOptions } from "../fetch/fetch-layer.ts";
import type { ReadBytes } from "../fetch/bytes.ts";
import type { BodyMeter } from "../http/send.ts";

/** Tells the HTTP client for which read it works, past stores and SDKs, which need not know of it. */
export interface Metering {
  readonly metered: FetchLayerOptions["metered"];
  /** Whose room the answer to a request takes that is sent now; undefined outside of reads. */
  readonly meterOf: () => BodyMeter | undefined;
}

/** One for a process: whatever a store awaits within `metered` is counted for that read. */
export function createMetering(): Metering {
  const current = new AsyncLocalStorage<ReadBytes>();
  return { metered: (bytes, work) => current.run(bytes, work), meterOf: () => current.getStore() };
}
