import { kubeApi, type KubeApi } from "./api.ts";
import { installChart, type DaemonPod, type Release, type Values } from "./daemon.ts";
import { startDriver, type DriverSettings, type RunningDriver } from "./driver.ts";
import { makeNamespace } from "./objects.ts";
import { createPod, type RunningPod } from "./pods.ts";
import { readState, type ClusterState } from "./state.ts";
import type { PodSettings } from "./objects.ts";

/** What a test file has started, for its tests; `end` gives everything back. */
export interface Stage {
  readonly state: ClusterState;
  readonly api: KubeApi;
  readonly driver: RunningDriver;
  /** A pod that `end` removes unless the test has. */
  pod(settings: Omit<PodSettings, "namespace"> & { readonly namespace?: string }): Promise<RunningPod>;
  /** Removes everything that was started with it, in the order that a node would like. */
  end(): Promise<void>;
}

/** A driver, and a namespace for this file's pods. */
export async function openStage(namespace: string, driver: DriverSettings): Promise<Stage> {
  const state = readState();
  const api = kubeApi(state);
  await makeNamespace(api, namespace);
  const running = await startDriver(api, state, driver);
  const pods = new Set<RunningPod>();
  return {
    state,
    api,
    driver: running,
    pod: async (settings) => {
      const made = await createPod(api, state, { namespace, ...settings });
      const pod: RunningPod = {
        ...made,
        remove: async () => {
          pods.delete(pod);
          await made.remove();
        },
      };
      pods.add(pod);
      return pod;
    },
    end: async () => {
      await Promise.all([...pods].map((pod) => pod.remove()));
      await running.stop();
    },
  };
}

/** The daemon of a release with these values, and what removes it. */
export async function openDaemon(
  stage: Stage,
  values: Values,
): Promise<{ readonly release: Release; readonly daemon: DaemonPod }> {
  const release = await installChart(stage.api, stage.state, values);
  return { release, daemon: await release.addPod() };
}
