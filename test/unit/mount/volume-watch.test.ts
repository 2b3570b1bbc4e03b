import { beforeEach, describe, expect, test } from "@jest/globals";
import { MountError } from "../../../src/model/error.ts";
import type { Notice } from "../../../src/model/notice.ts";
import type { Reason } from "../../../src/model/reasons.ts";
import type { Admitted } from "../../../src/mount/admit.ts";
import { VolumeWatch } from "../../../src/mount/volume-watch.ts";
import { VirtualClock } from "../../fakes/virtual-clock.ts";

const minute = 60_000;
let clock: VirtualClock;
let told: Notice[];
let watch: VolumeWatch;

beforeEach(() => {
  clock = new VirtualClock();
  told = [];
  watch = new VolumeWatch(clock, (notice) => told.push(notice));
});

function admitted(pod: string, secretProviderClass = "db", namespace = "shop"): Admitted {
  return {
    pod: { name: pod, namespace, uid: pod === "" ? "" : `uid-${pod}`, serviceAccount: "web" },
    volume: { podUid: pod === "" ? "" : `uid-${pod}`, targetPath: "/t" },
    secretProviderClass,
    parameters: new Map(),
    tokens: new Map(),
    tokensWithheld: false,
    secrets: new Map(),
    defaultMode: 420 as Admitted["defaultMode"],
  };
}

function fail(one: Admitted, reason: Reason = "store_unavailable"): void {
  watch.ended(one, new MountError(reason, "the store is down", { index: 0, object: "db" }));
}

describe("the owner of a pod is told", () => {
  test("at once of a rotation that fails, every time, and when it is over", () => {
    watch.ended(admitted("a"), undefined);
    fail(admitted("a"));
    fail(admitted("a"));
    watch.ended(admitted("a"), undefined);
    watch.ended(admitted("a"), undefined);
    expect(told.map(({ kind }) => kind)).toEqual(["rotation-failed", "rotation-failed", "recovered"]);
    expect(told[0]).toMatchObject({
      pod: { name: "a" },
      secretProviderClass: "db",
      text: 'object 1 "db": the store is down',
    });
  });

  test("of a volume that was never mounted only when it fails for minutes: kubelet tells of it, too", async () => {
    fail(admitted("a"));
    await clock.advance(4 * minute);
    fail(admitted("a"));
    expect(told).toEqual([]);
    await clock.advance(minute);
    fail(admitted("a"));
    expect(told.map(({ kind }) => kind)).toEqual(["mount-failed"]);
    watch.ended(admitted("a"), undefined);
    expect(told.map(({ kind }) => kind)).toEqual(["mount-failed", "recovered"]);
  });

  test("of nothing when a Mount ends well, or is given up by its caller", () => {
    watch.ended(admitted("a"), undefined);
    fail(admitted("a"), "cancelled");
    watch.ended(admitted("a"), undefined);
    expect(told).toEqual([]);
  });

  test("with the class of the first Mount where an old driver names none at rotation", () => {
    watch.ended(admitted("a", "db"), undefined);
    fail(admitted("a", ""));
    expect(told[0]?.secretProviderClass).toBe("db");
  });

  test("of nothing where the caller is no driver", () => {
    watch.ended(admitted(""), undefined);
    fail(admitted(""));
    expect(told).toEqual([]);
    expect(watch.classes()).toEqual([]);
  });
});

describe("volumes are counted", () => {
  test("by class and by how the last Mount ended", () => {
    for (const pod of ["a", "b", "c"]) watch.ended(admitted(pod), undefined);
    fail(admitted("c"));
    fail(admitted("d", "other", "team"));
    expect(watch.classes()).toEqual([
      { namespace: "shop", secretProviderClass: "db", current: 2, failing: 1 },
      { namespace: "team", secretProviderClass: "other", current: 0, failing: 1 },
    ]);
  });

  test("no more when no Mount came for ten minutes, though it is known for a day that they were mounted", async () => {
    watch.ended(admitted("a"), undefined);
    await clock.advance(11 * minute);
    expect(watch.classes()).toEqual([]);
    watch.sweep();
    fail(admitted("a"));
    expect(told.map(({ kind }) => kind)).toEqual(["rotation-failed"]);
    await clock.advance(25 * 60 * minute);
    watch.sweep();
    fail(admitted("a"));
    expect(told).toHaveLength(1);
  });

  test("together beyond 500 classes, so that no author of manifests can fill the metrics", () => {
    for (let index = 0; index < 600; index += 1) watch.ended(admitted(`p${index}`, `class-${index}`), undefined);
    const classes = watch.classes();
    expect(classes).toHaveLength(501);
    expect(classes.at(-1)).toEqual({ namespace: "", secretProviderClass: "", current: 100, failing: 0 });
  });

  test("up to a bound", () => {
    for (let index = 0; index < 20_100; index += 1) watch.ended(admitted(`p${index}`), undefined);
    watch.sweep();
    expect(watch.classes()[0]?.current).toBe(20_000);
  });
});
