import { mkdtempSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { buildMountRequest, type Caller, type KubeletToken, type PodVolume } from "../../src/driver/request.ts";
import { Secret } from "../../src/model/secret.ts";
import { answersToCompare } from "../driver/answers-to-compare.ts";
import type { BareAnswer, ReceivedMount } from "../driver/bare-provider.ts";
import { observeVolume, type ObservedVolume } from "../driver/observed-volume.ts";
import { simulateDriver } from "../driver/simulator.ts";
import { eventually, eventuallyTrue } from "./harness/eventually.ts";
import { secretOf, secretProviderClass, volumeName } from "./harness/objects.ts";
import type { RunningPod } from "./harness/pods.ts";
import { attribute, startScriptedProvider } from "./harness/scripted-provider.ts";
import { openStage, type Stage } from "./harness/suite.ts";
import type { DriverVersion } from "./harness/state.ts";

const namespace = "simulated";
const prefix = "csi.storage.k8s.io/";
const good: BareAnswer = answersToCompare[0]?.answer ?? "silence";
const name = (request: ReceivedMount) => attribute(request, `${prefix}pod.name`) ?? "";

/** What came of the mounts of one volume. */
interface Outcome {
  readonly volume: ObservedVolume;
  /** Whether the pod starts. */
  readonly starts: boolean;
  /** gRPC code that kubelet heard first; 0 for none. */
  readonly code: number;
}

const codes: Readonly<Record<string, number>> = {
  Canceled: 1,
  Unknown: 2,
  DeadlineExceeded: 4,
  NotFound: 5,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  Aborted: 10,
  Unavailable: 14,
};

/** A socket, a folder for kubelet, and a driver that is not the real one. */
async function simulate(stage: Stage, answers: (call: number) => BareAnswer, pollInterval?: number) {
  const provider = await startScriptedProvider("simulated", (_, call) => answers(call));
  const kubeletRoot = mkdtempSync(join(stage.state.folder, "simulated-"));
  const socket = "/run/secrets-store-csi-providers/simulated.sock";
  const interval = pollInterval === undefined ? {} : { pollInterval };
  const driver = simulateDriver({ socket, driver: "1.6", kubeletRoot, retryPause: 1, ...interval });
  const volume: PodVolume = {
    spc: { name: "scripted", parameters: new Map([["some", "thing"]]) },
    pod: { name: "p", namespace, uid: "0d6f", serviceAccount: "default" },
  };
  const target = join(kubeletRoot, "pods", "0d6f", "volumes", "kubernetes.io~csi", "secrets", "mount");
  return { driver, volume, target, close: provider.close };
}

describe("a first mount, with rotation on", () => {
  let stage: Stage;
  const pods = new Map<string, RunningPod>();

  beforeAll(async () => {
    stage = await openStage(namespace, { version: "1.6", rotation: "1m" });
    const provider = await startScriptedProvider("scripted", (request) => {
      const found = answersToCompare.find((one) => one.name === attribute(request, "answer"));
      return found?.answer ?? "silence";
    });
    stage.after(provider.close);
    await stage.api.apply(secretProviderClass(namespace, "scripted", "scripted", { some: "thing" }));
    const start = async (answer: string) => {
      const settings = { name: `first-${answer}`, secretProviderClass: "scripted", attributes: { answer } };
      pods.set(answer, await stage.pod(settings));
    };
    await Promise.all(answersToCompare.map((one) => start(one.name)));
  });

  afterAll(() => stage.end());

  async function real(answer: string): Promise<Outcome> {
    const pod = pods.get(answer);
    if (pod === undefined) throw new Error(`there is no pod of ${answer}`);
    const ended = await eventually(`${answer} ends`, async () => {
      const starts = (await pod.phase()) === "Running";
      const failed = (await pod.events()).find(({ reason }) => reason === "FailedMount");
      if (!starts && failed === undefined) return undefined;
      return { starts, code: codes[/code = (\w+)/.exec(failed?.message ?? "")?.[1] ?? ""] ?? 0 };
    });
    // A code after which kubelet keeps the folder starts the pod a moment later.
    const isKept = [1, 4, 8, 10, 14].includes(ended.code);
    if (isKept) await pod.runs();
    if (ended.starts || isKept) return { ...ended, starts: true, volume: observeVolume(pod.volume) };
    // It is there while kubelet tries once more.
    const gone = await eventually("kubelet removes the folder", () => {
      const seen = observeVolume(pod.volume);
      return seen.exists ? undefined : seen;
    });
    return { ...ended, volume: gone };
  }

  async function simulated(answer: BareAnswer): Promise<Outcome> {
    const { driver, volume, target, close } = await simulate(stage, () => answer, 60_000);
    const first = await driver.firstMount(volume);
    const next = first.kind === "failed" ? await driver.firstMount(volume) : first;
    close();
    const code = first.kind === "failed" ? first.code : 0;
    return { starts: next.kind !== "failed", code, volume: observeVolume(target) };
  }

  test.each(answersToCompare)("ends as with the real driver: $name", async ({ name: answer, answer: given }) => {
    expect(await simulated(given)).toEqual(await real(answer));
  });
});

describe("a rotation", () => {
  let stage: Stage;
  const calls = new Map<string, number>();

  beforeAll(async () => {
    stage = await openStage(namespace, { version: "1.6", rotation: "1s" });
    const provider = await startScriptedProvider("scripted", (request) => {
      calls.set(name(request), (calls.get(name(request)) ?? 0) + 1);
      const found = answersToCompare.find((one) => one.name === attribute(request, "answer"));
      return calls.get(name(request)) === 1 ? good : (found?.answer ?? "silence");
    });
    stage.after(provider.close);
    await stage.api.apply(secretProviderClass(namespace, "scripted", "scripted", { some: "thing" }));
  });

  afterAll(() => stage.end());

  /** The state after `count` rotations; what lies about counts as some or none. */
  const rough = (volume: ObservedVolume) => ({ ...volume, leftovers: volume.leftovers > 0 });

  async function simulated(answer: BareAnswer): Promise<unknown> {
    const { driver, volume, target, close } = await simulate(stage, (call) => (call === 1 ? good : answer));
    await driver.firstMount(volume);
    const rotated = await driver.rotate(volume);
    close();
    return { heard: rotated.kind === "failed" && !rotated.masked, volume: rough(observeVolume(target)) };
  }

  test("ends as with the real driver, whatever the answer", async () => {
    const pods = await Promise.all(
      answersToCompare.map(async ({ name: answer }) => {
        const settings = { name: `again-${answer}`, secretProviderClass: "scripted", attributes: { answer } };
        return [answer, await stage.pod(settings)] as const;
      }),
    );
    const real = await Promise.all(
      pods.map(async ([answer, pod]) => {
        await pod.runs();
        // The third call is made after the second has ended; UNAVAILABLE is tried three times.
        const enough = answer === "unavailable" ? 5 : 3;
        await eventuallyTrue(`${answer} is rotated`, () => (calls.get(pod.name) ?? 0) >= enough);
        const heard = (await pod.events()).some(({ reason }) => reason === "FailedMount");
        return [answer, { heard, volume: rough(observeVolume(pod.volume)) }] as const;
      }),
    );
    const wanted = [];
    for (const { name: answer, answer: given } of answersToCompare)
      wanted.push([answer, await simulated(given)] as const);
    expect(Object.fromEntries(wanted)).toEqual(Object.fromEntries(real));
  });
});

const callers: readonly (readonly [DriverVersion, Caller])[] = [
  ["1.6", "1.6"],
  ["1.5", "1.5"],
  ["1.4", "1.5"],
];

describe.each(callers)("driver %s", (version, caller) => {
  let stage: Stage;
  const received: ReceivedMount[] = [];

  beforeAll(async () => {
    stage = await openStage(namespace, { version, rotation: "1s", audiences: ["vault", "sts.amazonaws.com"] });
    const provider = await startScriptedProvider(
      "scripted",
      (request) => {
        received.push(request);
        return good;
      },
      version !== "1.6",
    );
    stage.after(provider.close);
    const labels = { "secrets-store.csi.k8s.io/used": "true" };
    const secret = secretOf(namespace, "login", { clientid: "<id>", clientsecret: "a&b" });
    await stage.api.apply({ ...secret, metadata: { name: "login", namespace, labels } });
    const parameters = { objects: "- { objectName: db }\n", some: "<thing> & more" };
    await stage.api.apply(secretProviderClass(namespace, "asked", "scripted", parameters));
  });

  afterAll(() => stage.end());

  /** The volume as its request describes it: tokens are kubelet's own. */
  function volumeOf(pod: RunningPod, tokens: PodVolume["tokens"]): PodVolume {
    return {
      spc: {
        name: "asked",
        parameters: new Map([
          ["objects", "- { objectName: db }\n"],
          ["some", "<thing> & more"],
        ]),
      },
      pod: { name: pod.name, namespace, uid: pod.uid, serviceAccount: "default" },
      volumeAttributes: new Map([["own", "attribute"]]),
      ...(tokens === undefined ? {} : { tokens }),
      secrets: new Map([
        ["clientid", Secret.fromText("<id>")],
        ["clientsecret", Secret.fromText("a&b")],
      ]),
      kubeletRoot: dirname(stage.state.pods),
      volumeName,
    };
  }

  function tokensOf(request: ReceivedMount): PodVolume["tokens"] {
    const given = JSON.parse(attribute(request, `${prefix}serviceAccount.tokens`) ?? "{}") as Readonly<
      Record<string, { readonly token: string; readonly expirationTimestamp: string }>
    >;
    return new Map(
      Object.entries(given).map(([audience, { token, expirationTimestamp }]): [string, KubeletToken] => [
        audience,
        { token: Secret.fromText(token), expirationTimestamp },
      ]),
    );
  }

  test("sends the requests that the simulated one sends, to the byte", async () => {
    const settings = { secretProviderClass: "asked", attributes: { own: "attribute" }, secret: "login" };
    const pod = await stage.pod({ name: "asking", ...settings });
    await pod.runs();
    await eventuallyTrue("it is rotated", () => received.length >= 3);
    const versions = [{ id: "db", version: "7" }];
    const wanted = [undefined, versions, versions].map((mounted, index) => {
      const request = received[index];
      if (request === undefined) throw new Error("no request");
      return buildMountRequest(volumeOf(pod, tokensOf(request)), caller, mounted);
    });
    expect(received.slice(0, 3)).toEqual(wanted);
  });
});
