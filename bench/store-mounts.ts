// What the benchmarks of the network stores share: first mounts and rotations of one and of 40 pods, beside a floor that
// no client can beat, taken by a bare client in the same run.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsDriver } from "./driver-connection.ts";
import { podToken } from "../test/fakes/pod-token.ts";
import { start } from "./processes.ts";

/** A store behind a scripted server. */
export interface Scenario {
  /** The provider, and the name of its socket. */
  readonly provider: string;
  readonly flags: readonly string[];
  /** Parameters of a manifest with so many objects. */
  parameters(objects: number): Readonly<Record<string, string>>;
  /** Numbers of objects that are measured (default: 1, 5, 20). */
  readonly counts?: readonly number[];
  /** Of the tokens that kubelet gives the pods. */
  readonly audiences: readonly string[];
  /** The least that a first mount needs before it can read. */
  login(): Promise<unknown>;
  read(object: number): Promise<unknown>;
  /** Sets the server's latency, in milliseconds. */
  latency(milliseconds: number): void;
  /** Requests to the server so far. */
  asked(): number;
}

const rounds = 15;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Runs the scenario and prints a line for each combination. */
export async function benchStore(scenario: Scenario): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "kf-bench-"));
  const config = join(folder, "keyferry.yaml");
  // A repeated Mount asks the store again, so that its way is what is measured.
  writeFileSync(config, "refresh: { interval: 50ms, minInterval: 50ms }\n");
  const words = ["serve", "--providers-dir", folder, "--config", config, "--health-address", "127.0.0.1:0"];
  const flags = ["--serve", scenario.provider, ...scenario.flags];
  const main = join(import.meta.dirname, "..", "build", "main.js");
  const daemon = await start([main, ...words, ...flags], join(folder, `${scenario.provider}.sock`));
  const driver = connectAsDriver(daemon.socket);
  const mount = (pod: string, account: string, objects: number) =>
    driver.mount(requestOf(scenario, pod, account, objects));
  const floor = (objects: number, first: boolean) =>
    timed(async () => {
      if (first) await scenario.login();
      await Promise.all(Array.from({ length: objects }, (_, at) => scenario.read(at)));
    });
  await mount("warm", "warm", 20);
  await floor(20, true);
  console.log(`provider: ${scenario.provider}, median of ${rounds}; a ratio above 1 is slower than the floor`);
  console.log(
    "latency  pods objects            first    floor  ratio      rotation    floor  ratio   calls first/rotation",
  );
  let account = 0;
  for (const latency of [5, 20]) {
    scenario.latency(latency);
    for (const pods of [1, 40]) {
      for (const objects of scenario.counts ?? [1, 5, 20]) {
        const times = { first: [] as number[], rotation: [] as number[], both: [] as number[], reads: [] as number[] };
        let calls = [0, 0];
        for (let round = 0; round < rounds; round += 1) {
          account += 1;
          const name = `sa-${account}`;
          const all = () =>
            Promise.all(Array.from({ length: pods }, (_, at) => mount(`p${at}-${name}`, name, objects)));
          const before = scenario.asked();
          times.first.push(await timed(all));
          const between = scenario.asked();
          await new Promise((resolve) => setTimeout(resolve, 60));
          times.rotation.push(await timed(all));
          calls = [between - before, scenario.asked() - between];
          times.both.push(await floor(objects, true));
          times.reads.push(await floor(objects, false));
        }
        console.log(lineOf([latency, pods, objects], times, calls));
      }
    }
  }
  driver.close();
  daemon.process.kill();
}

function requestOf({ parameters, audiences }: Scenario, pod: string, account: string, objects: number) {
  const attributes = JSON.stringify({
    "csi.storage.k8s.io/pod.name": pod,
    "csi.storage.k8s.io/pod.namespace": "shop",
    "csi.storage.k8s.io/pod.uid": `uid-${pod}`,
    "csi.storage.k8s.io/serviceAccount.name": account,
    "csi.storage.k8s.io/serviceAccount.tokens": JSON.stringify(
      Object.fromEntries(audiences.map((audience) => [audience, { token: podToken(pod, "shop", account) }])),
    ),
    ...parameters(objects),
  });
  return {
    attributes,
    secrets: "null",
    targetPath: `/var/lib/kubelet/pods/uid-${pod}/volumes/kubernetes.io~csi/secrets/mount`,
    permission: "420",
    currentObjectVersion: [],
  };
}

function lineOf(
  [latency = 0, pods = 0, objects = 0]: readonly number[],
  times: Readonly<Record<"first" | "rotation" | "both" | "reads", readonly number[]>>,
  calls: readonly number[],
): string {
  const [first, rotation] = [median(times.first), median(times.rotation)];
  const [both, reads] = [median(times.both), median(times.reads)];
  const ms = (value: number) => `${value.toFixed(1)} ms`.padStart(9);
  const ratio = (a: number, b: number) => (a / b).toFixed(2).padStart(6);
  return [
    `${latency} ms`.padStart(7),
    String(pods).padStart(6),
    String(objects).padStart(8),
    "       ",
    ms(first),
    ms(both),
    ratio(first, both),
    "    ",
    ms(rotation),
    ms(reads),
    ratio(rotation, reads),
    `${calls[0]} / ${calls[1]}`.padStart(16),
  ].join("");
}
