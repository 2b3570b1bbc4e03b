import { existsSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startVault, vaultData, type FakeVault } from "../fakes/vault.ts";
import type { BareProvider } from "../driver/bare-provider.ts";
import { eventuallyTrue } from "./harness/eventually.ts";
import { secretProviderClass } from "./harness/objects.ts";
import type { RunningPod } from "./harness/pods.ts";
import { answerOf, attribute, startScriptedProvider } from "./harness/scripted-provider.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";

/** Codes after which kubelet believes that the call may still be running, and keeps the folder. */
const uncertain = [1, 4, 8, 10, 14];

/** Codes that a provider may answer with. */
const final = [2, 3, 5, 7, 9, 13, 16];

let stage: Stage;
let provider: BareProvider;
let vault: FakeVault;

/** Calls by the pod's name. */
const calls = new Map<string, number>();

beforeAll(async () => {
  stage = await openStage("empty-volume", { version: "1.6", rotation: "1m", audiences: ["vault"] });
  provider = await startScriptedProvider("scripted", (request) => {
    const name = attribute(request, "csi.storage.k8s.io/pod.name") ?? "";
    calls.set(name, (calls.get(name) ?? 0) + 1);
    if (attribute(request, "recovers") === "yes" && (calls.get(name) ?? 0) > 2) return answerOf({ db: "s3cret" });
    return { code: Number(attribute(request, "code")), details: "scripted" };
  });
  stage.after(provider.close);
  await stage.api.apply(secretProviderClass("empty-volume", "scripted", "scripted", { some: "thing" }));
  vault = await startVault();
  stage.after(vault.close);
  await openDaemon(stage, { daemon: { mountTimeout: "4s" } });
});

afterAll(() => stage.end());

function scriptedPod(name: string, code: number, recovers: string): Promise<RunningPod> {
  return stage.pod({ name, secretProviderClass: "scripted", attributes: { code: String(code), recovers } });
}

describe("a first mount that fails while rotation is on", () => {
  const pods = new Map<number, RunningPod>();

  beforeAll(async () => {
    // All at once: each waits for kubelet.
    const start = async (code: number, recovers: string) => {
      pods.set(code, await scriptedPod(`code-${code}`, code, recovers));
    };
    await Promise.all([...uncertain.map((code) => start(code, "no")), ...final.map((code) => start(code, "yes"))]);
  });

  const podOf = (code: number): RunningPod => {
    const pod = pods.get(code);
    if (pod === undefined) throw new Error(`there is no pod of code ${code}`);
    return pod;
  };

  test.each(uncertain)(
    "with code %d starts the pod with an empty folder: what no provider may answer",
    async (code) => {
      const pod = podOf(code);
      await pod.runs();
      expect(pod.isMounted()).toBe(false);
      expect(readdirSync(pod.volume)).toEqual([]);
    },
  );

  test.each(final)("with code %d is tried again until it succeeds", async (code) => {
    const pod = podOf(code);
    await pod.event("FailedMount is reported", ({ reason }) => reason === "FailedMount");
    await pod.runs();
    expect(calls.get(pod.name)).toBeGreaterThan(2);
    expect(pod.isMounted()).toBe(true);
    expect(pod.text("db")).toBe("s3cret");
  });
});

describe("the daemon's own failures", () => {
  const failing = [
    { what: "answers 503", reply: { status: 503, body: "{}" } },
    { what: "answers 429", reply: { status: 429, body: "{}" } },
    { what: "answers 404", reply: { status: 404, body: '{"errors":[]}' } },
    { what: "answers 403", reply: { status: 403, body: '{"errors":["permission denied"]}' } },
    { what: "answers garbage", reply: { status: 200, body: "<html>" } },
    { what: "never answers", reply: () => new Promise<never>(() => undefined) },
  ] as const;

  test.each(failing.map((one, index) => ({ ...one, index })))(
    "a store that $what leaves no pod with an empty folder",
    async ({ reply, index }) => {
      const path = `/v1/kv/data/failing-${index}`;
      vault.routes.set(path, reply);
      const name = `failing-${index}`;
      await stage.api.apply(
        secretProviderClass("empty-volume", name, "keyferry", {
          stores: `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`,
          objects: `[{ objectName: kv/data/${name}, jmesPath: data.k, objectAlias: k }]`,
        }),
      );
      const pod = await stage.pod({ name, secretProviderClass: name });
      const failed = await pod.event("FailedMount is reported", ({ reason }) => reason === "FailedMount");
      expect(failed.message).toMatch(/object 1 "k" \(store v\)|from store v \(object "k"\)/);
      expect(failed.message).not.toMatch(/code = (Canceled|DeadlineExceeded|ResourceExhausted|Aborted|Unavailable)/);
      await eventuallyTrue("kubelet removes the folder", () => !existsSync(pod.volume));
      expect(await pod.phase()).toBe("Pending");
      vault.routes.set(path, vaultData({ data: { k: "v" }, metadata: { version: 1 } }));
      await pod.runs(150_000);
      expect(pod.isMounted()).toBe(true);
      expect(pod.text("k")).toBe("v");
    },
    200_000,
  );
});
