import { MountError } from "../model/error.ts";
import type { MountCall } from "../model/request.ts";
import type { Log, LogFields } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { VolumeWatch } from "./volume-watch.ts";
import { mount, type Progress, type MountDeps } from "./mount.ts";

/** Where the end of a Mount is told. */
export interface Observers {
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Told how Mounts end, besides log and metrics. */
export type Watch = Pick<VolumeWatch, "ended">;

/**
 * A Mount with its one log line and its metrics. Rejects with a MountError and nothing else; a defect's own text goes
 * nowhere, its stack to the log.
 */
export function observeMount(deps: MountDeps, { log, metrics }: Observers, watch: Watch): MountCall {
  const dialect = deps.dialect.name;
  return async (request, limits) => {
    const ended = metrics.mountStarted(dialect);
    const start = deps.outside.monotonic();
    const progress: Progress = {};
    const fields = (outcome: string): LogFields => ({
      dialect,
      ...described(progress),
      milliseconds: Math.round(deps.outside.monotonic() - start),
      outcome,
    });
    try {
      const response = await mount(request, limits, deps, progress);
      ended("ok");
      if (progress.admitted !== undefined) watch.ended(progress.admitted, undefined);
      log.info("mount answered", fields("ok"));
      return response;
    } catch (thrown) {
      const error = MountError.from(thrown);
      ended(error.reason);
      if (progress.admitted !== undefined) watch.ended(progress.admitted, error);
      log.warn("mount failed", { ...fields(error.reason), code: error.code, problem: error.text });
      if (error.reason === "internal") log.trace("unexpected error", error);
      throw error;
    }
  };
}

function described({ admitted, annotation, plan, fetched }: Progress): LogFields {
  const from = (source: string) => fetched && [...fetched.values()].filter((one) => one.source === source).length;
  const [asked, shared, stale] = [from("fetched"), from("shared"), from("stale")];
  return {
    ...(admitted === undefined
      ? {}
      : {
          namespace: admitted.pod.namespace,
          pod: admitted.pod.name,
          service_account: admitted.pod.serviceAccount,
          secret_provider_class: admitted.secretProviderClass,
        }),
    ...(annotation?.kind === "unreadable" ? { problem: annotation.error.text } : {}),
    ...(plan === undefined ? {} : { objects: plan.files.length }),
    ...(asked === undefined || shared === undefined || stale === undefined ? {} : { asked, shared, stale }),
  };
}
