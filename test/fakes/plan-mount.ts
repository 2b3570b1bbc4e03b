import { SharedThread } from "../../src/compute/shared-thread.ts";
import { InProcess } from "../../src/compute/in-process.ts";
import { workers } from "../../src/wiring/workers.ts";
import type { FetchLayer } from "../../src/fetch/fetch-layer.ts";
import { noAdvice } from "../../src/model/advice.ts";
import type { Dialect } from "../../src/model/dialect.ts";
import type { MountPlan } from "../../src/model/plan.ts";
import type { MountResponse } from "../../src/model/request.ts";
import type { StoreConnection } from "../../src/model/store.ts";
import { mount } from "../../src/mount/mount.ts";
import { createLayer } from "./layer.ts";
import { attributesOf } from "./mounting.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface PlanMountMore {
  readonly clock?: VirtualClock;
  readonly layer?: FetchLayer;
  /** Resolves when the caller has read the answer. */
  readonly sent?: Promise<void>;
}

/** The whole Mount path over a plan that a test made, and one connection for all stores. */
export function mountPlan(
  plan: MountPlan,
  connection: StoreConnection,
  { clock = new VirtualClock(), layer = createLayer(clock), sent = Promise.resolve() }: PlanMountMore = {},
): Promise<MountResponse> {
  const dialect: Dialect = {
    name: "planned",
    permission: "json",
    audience: undefined,
    endpoints: [],
    parse: () => plan,
    advice: noAdvice,
  };
  return mount(
    { attributes: JSON.stringify(attributesOf({})), secrets: "", targetPath: "/t", permission: "420" },
    { signal: new AbortController().signal, deadline: undefined, sent },
    {
      dialect,
      layer,
      policy: { inlineStores: true, addresses: [], files: [] },
      connectionOf: () => connection,
      compute: new InProcess(workers),
      thread: new SharedThread(clock),
      makesTokens: false,
      readAnnotation: () => Promise.resolve(""),
      hmacKey: () => Promise.resolve(undefined),
      outside: clock,
      timeout: 60_000,
      maxBytes: 4 << 20,
    },
    {},
  );
}
