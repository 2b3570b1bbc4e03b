import { kubeApi, type KubeApi } from "./api.ts";
import { installChart, type DaemonPod, type Release, type Values } from "./daemon.ts";
import { startDriver, type DriverSettings, type RunningDriver } from "./driver.ts";
import { makeNamespace } from "./objects.ts";
import { createPod, type RunningPod } from "./pods.ts";
import { readState, type ClusterState } from "./state.ts";
import type { PodSettings } from "./objects.ts";

/** What a test file has started, for its tests. */
export interface Stage {
  readonly state: ClusterState;
  readonly api: KubeApi;
  readonly driver: RunningDriver;
  /** A pod that `end` removes unless the test has. */
  pod(settings: Omit<PodSettings, "namespace"> & { readonly namespace?: string }): Promise<RunningPod>;
  /** Something to end with the stage: before what was there before it, after the pods. */
  after(undo: () => Promise<void> | void): void;
  /** Removes the pods, then everything else that was started. */
  end(): Promise<void>;
}

/** A driver, and a namespace for this file's pods. */
export async function openStage(namespace: string, driver: DriverSettings): Promise<Stage> {
  const state = readState();
  const api = kubeApi(state);
  await makeNamespace(api, namespace);
  const running = await startDriver(api, state, driver);
  const pods = new Set<RunningPod>();
  const undone: (() => Promise<void> | void)[] = [running.stop];
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
    after: (undo) => void undone.push(undo),
    end: async () => {
      await Promise.all([...pods].map((pod) => pod.remove()));
      for (const undo of undone.reverse()) await undo();
    },
  };
}

/** The daemon of a release with these values; it ends with the stage. */
export async function openDaemon(
  stage: Stage,
  values: Values,
): Promise<{ readonly release: Release; readonly daemon: DaemonPod }> {
  const release = await installChart(stage.api, stage.state, values);
  stage.after(release.uninstall);
  const daemon = await release.addPod();
  stage.after(daemon.remove);
  return { release, daemon };
}
