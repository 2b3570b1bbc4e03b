import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHttpClient } from "../../../src/http/client.ts";
import { createKubeApi } from "../../../src/kube/api.ts";
import { Events } from "../../../src/kube/events.ts";
import type { MountError } from "../../../src/model/error.ts";
import type { Notice } from "../../../src/model/notice.ts";
import { startKube, type FakeKube } from "../../fakes/kube.ts";
import { VirtualClock } from "../../fakes/virtual-clock.ts";

const minute = 60_000;
const pod = { name: "web-0", namespace: "shop", uid: "uid-1", serviceAccount: "web" };
const failed: Notice = { kind: "rotation-failed", pod, secretProviderClass: "db", text: "the store is down" };
const http = createHttpClient();
let kube: FakeKube;
let clock: VirtualClock;
let events: Events;
let outcomes: string[];
let refusals: MountError[];

beforeEach(async () => {
  kube = await startKube();
  clock = new VirtualClock();
  outcomes = [];
  refusals = [];
  const access = { server: kube.url, tls: {}, namespace: "csi", token: () => Promise.resolve(undefined) };
  events = new Events({
    api: createKubeApi(() => Promise.resolve(access), http.send),
    outside: clock,
    node: "node-1",
    ended: (outcome) => outcomes.push(outcome),
    refused: (error) => refusals.push(error),
  });
});

afterEach(async () => {
  http.close();
  await kube.close();
});

const asked = () => kube.asked.map(({ method, url }) => `${method} ${url.replace(/\.[0-9a-f]+$/, ".N")}`);

describe("an Event", () => {
  test("belongs to the pod and says what to know", async () => {
    await events.send(failed);
    expect(kube.events).toEqual([
      {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: expect.stringMatching(/^web-0\.[0-9a-f]+$/), namespace: "shop" },
        involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web-0", uid: "uid-1" },
        type: "Warning",
        reason: "SecretRotationFailed",
        message:
          "the secrets of SecretProviderClass db could not be refreshed, and the pod keeps the old ones: the store is down",
        source: { component: "keyferry", host: "node-1" },
        reportingComponent: "keyferry",
        reportingInstance: "node-1",
        firstTimestamp: "2027-01-15T08:00:00.000Z",
        lastTimestamp: "2027-01-15T08:00:00.000Z",
        count: 1,
      },
    ]);
    expect(outcomes).toEqual(["sent"]);
  });

  test("is no longer than Kubernetes lets a note be, and names fit", async () => {
    const long = { ...failed, pod: { ...pod, name: "p".repeat(253) }, text: "x".repeat(5000) };
    await events.send(long);
    const [event] = kube.events as { message: string; metadata: { name: string } }[];
    expect(event?.message).toHaveLength(1024);
    expect(event?.metadata.name.length).toBeLessThan(254);
  });

  test.each([["uid"], ["name"], ["namespace"]] as const)("is not made for a pod without %s", async (field) => {
    await events.send({ ...failed, pod: { ...pod, [field]: "" } });
    expect(kube.asked).toEqual([]);
  });
});

describe("the same again", () => {
  test("is held back for five minutes, then counted up, then ever less often", async () => {
    await events.send(failed);
    for (let turn = 0; turn < 60; turn += 1) {
      await clock.advance(minute);
      await events.send(failed);
    }
    // After 5, 15 and 35 minutes; the next comes after 75.
    expect(asked()).toEqual([
      "POST /api/v1/namespaces/shop/events",
      ...Array.from({ length: 3 }, () => "PATCH /api/v1/namespaces/shop/events/web-0.N"),
    ]);
    expect(kube.asked.at(-1)?.headers["content-type"]).toBe("application/merge-patch+json");
    expect(JSON.parse(kube.asked.at(-1)?.body ?? "")).toEqual({ count: 36, lastTimestamp: "2027-01-15T08:35:00.000Z" });
  });

  test("is told anew when the Event was deleted meanwhile", async () => {
    await events.send(failed);
    kube.forgetEvents();
    await clock.advance(5 * minute);
    await events.send(failed);
    expect(asked().map((call) => call.split(" ", 1)[0])).toEqual(["POST", "PATCH", "POST"]);
  });

  test("with another text is another Event, no more often", async () => {
    await events.send(failed);
    await events.send({ ...failed, text: "other" });
    expect(kube.events).toHaveLength(1);
    await clock.advance(5 * minute);
    await events.send({ ...failed, text: "other" });
    expect(kube.events).toHaveLength(2);
  });

  test("of another pod is its own", async () => {
    await events.send(failed);
    await events.send({ ...failed, pod: { ...pod, uid: "uid-2", name: "web-1" } });
    expect(kube.events).toHaveLength(2);
  });
});

describe("recovery", () => {
  const recovered: Notice = { ...failed, kind: "recovered", text: "" };

  test("is told after a failure that was told, once", async () => {
    await events.send(failed);
    await events.send(recovered);
    await events.send(recovered);
    expect(kube.events).toHaveLength(2);
    expect(kube.events[1]).toMatchObject({ type: "Normal", reason: "SecretRotationRecovered" });
  });

  test("and failure by turns are two Events, and the last word is true", async () => {
    for (let turn = 0; turn < 40; turn += 1) {
      await events.send(failed);
      await clock.advance(minute);
      await events.send(recovered);
      await clock.advance(minute);
      await events.sweep();
    }
    expect(kube.events.map((event) => (event as { reason: string }).reason)).toEqual([
      "SecretRotationFailed",
      "SecretRotationRecovered",
    ]);
    const patches = asked().filter((call) => call.startsWith("PATCH"));
    expect(patches.length).toBeLessThanOrEqual(8);
    expect(JSON.parse(kube.asked.at(-1)?.body ?? "")).toMatchObject({ lastTimestamp: expect.any(String) });
    const recoveredName = (kube.events[1] as { metadata: { name: string } }).metadata.name;
    expect(kube.asked.at(-1)?.url).toContain(recoveredName);
  });

  test("that could not be told at once is told later, without another Mount", async () => {
    await events.send(failed);
    kube.faults.status(500);
    await events.send(recovered);
    kube.faults.clear();
    for (let turn = 0; turn < 4; turn += 1) {
      await clock.advance(minute / 2);
      await events.sweep();
    }
    expect(kube.events.map((event) => (event as { reason: string }).reason)).toEqual([
      "SecretRotationFailed",
      "SecretRotationRecovered",
    ]);
  });

  test("of one volume says nothing of the pod's other one", async () => {
    await events.send(failed);
    await events.send({ ...failed, secretProviderClass: "other" });
    await events.send({ ...recovered, secretProviderClass: "other" });
    expect(kube.events).toHaveLength(3);
    expect(kube.events[2]).toMatchObject({ message: expect.stringContaining("other") });
  });

  test("is not told where the failure was not", async () => {
    await events.send(recovered);
    expect(kube.asked).toEqual([]);
  });
});

describe("an API that does not take Events", () => {
  test.each([
    [403, /its role needs "create" on events/],
    [401, /does not know the daemon's service account/],
  ])("with %d is left alone for ten minutes", async (status, problem) => {
    kube.faults.status(status);
    for (const uid of ["1", "2", "3"]) await events.send({ ...failed, pod: { ...pod, uid } });
    expect(kube.asked).toHaveLength(1);
    expect(outcomes).toEqual(["refused"]);
    expect(refusals.map(({ message }) => message)).toEqual([expect.stringMatching(problem)]);
    await clock.advance(10 * minute);
    kube.faults.clear();
    await events.send({ ...failed, pod: { ...pod, uid: "4" } });
    expect(kube.events).toHaveLength(1);
  });

  test("for one pod only is asked for the others", async () => {
    kube.faults.status(404);
    await events.send(failed);
    kube.faults.clear();
    await events.send({ ...failed, pod: { ...pod, uid: "2" } });
    expect(outcomes).toEqual(["refused", "sent"]);
  });

  test.each([500, 429])("with %d is not asked again for the same", async (status) => {
    kube.faults.status(status);
    await events.send(failed);
    await events.send(failed);
    expect(kube.asked).toHaveLength(1);
    expect(outcomes).toEqual(["refused", "held"]);
    expect(refusals).toEqual([]);
  });

  test("and answers garbage, or nothing, harms nobody", async () => {
    kube.faults.garbage();
    await events.send(failed);
    await kube.close();
    await events.send({ ...failed, pod: { ...pod, uid: "2" } });
    expect(outcomes.at(-1)).toBe("refused");
  });
});

describe("a node", () => {
  test("sends a bounded number of Events", async () => {
    const send = (index: number) =>
      events.send({ ...failed, pod: { ...pod, uid: `uid-${index}`, name: `web-${index}` } });
    for (let index = 0; index < 100; index += 1) await send(index);
    expect(kube.events).toHaveLength(25);
    expect(outcomes.filter((outcome) => outcome === "held")).toHaveLength(75);
    await clock.advance(30_000);
    for (let index = 100; index < 200; index += 1) await send(index);
    expect(kube.events).toHaveLength(35);
  });

  test("has few calls under way at once", async () => {
    kube.faults.hang();
    for (let index = 0; index < 20; index += 1) void events.send({ ...failed, pod: { ...pod, uid: `uid-${index}` } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(kube.asked.length).toBeLessThanOrEqual(8);
    expect(outcomes.filter((outcome) => outcome === "held")).toHaveLength(12);
  });
});
