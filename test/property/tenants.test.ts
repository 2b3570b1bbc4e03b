import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { runMounts, slowest, type PodMount, type Trouble, type World } from "../fakes/tenants.ts";

const troubles = ["hang", "broken", "unreached", "untrusted", "throttled", "denied", "huge"] as const;

/** First mounts of teams that do nothing wrong. */
const victims: fc.Arbitrary<readonly PodMount[]> = fc
  .array(
    fc.record({
      at: fc.nat({ max: 60_000 }),
      team: fc.nat({ max: 9 }),
      account: fc.nat({ max: 1 }),
      objects: fc.integer({ min: 1, max: 12 }),
    }),
    { minLength: 5, maxLength: 30 },
  )
  .map((mounts) =>
    mounts.map(({ at, team, account, objects }, index) => ({
      at,
      namespace: `team-${team}`,
      serviceAccount: `web-${account}`,
      pod: `pod-${index}`,
      objects: Array.from({ length: objects }, (_, object) => `team-${team}/${index}/${object}`),
      trouble: "fine" as const,
    })),
  );

/** Bursts of mounts from one namespace: many pods, service accounts and objects, all in the same trouble. */
function bursts(namespace: string, kinds: readonly Trouble[], most = 15): fc.Arbitrary<readonly PodMount[]> {
  const burst = fc.record({
    at: fc.nat({ max: 60_000 }),
    trouble: fc.constantFrom(...kinds),
    pods: fc.integer({ min: 1, max: most }),
    accounts: fc.integer({ min: 1, max: 15 }),
    objects: fc.integer({ min: 1, max: 40 }),
  });
  return fc.array(burst, { minLength: 1, maxLength: 4 }).map((all) =>
    all.flatMap(({ at, trouble, pods, accounts, objects }, index) =>
      Array.from({ length: pods }, (_, pod) => ({
        at,
        namespace,
        serviceAccount: `bad-${pod % accounts}`,
        pod: `bad-${index}-${pod}`,
        objects: Array.from({ length: objects }, (_one, object) => `${namespace}/${index}/${pod}/${object}`),
        trouble,
      })),
    ),
  );
}

const worlds: fc.Arbitrary<World> = fc.record({
  quota: fc.constantFrom("", "one for all"),
  proof: fc.constantFrom("service-account" as const, "pod" as const),
});

/** What becomes of the victims, with the offenders and without them. */
async function compare(mounts: readonly PodMount[], offenders: readonly PodMount[], world: World): Promise<void> {
  const without = await runMounts(mounts, world);
  const all = await runMounts([...mounts, ...offenders], world);
  const beside = all.slice(0, mounts.length);
  expect(beside.map(({ outcome }) => outcome)).toEqual(without.map(({ outcome }) => outcome));
  expect(without.every(({ outcome }) => outcome === "found")).toBe(true);
  expect(slowest(beside)).toBeLessThanOrEqual(2 * slowest(without));
}

describe("whatever one namespace does, the others' first mounts end as without it, and take at most twice as long", () => {
  test.each(troubles)(
    "%s",
    async (trouble) => {
      await fc.assert(
        fc.asyncProperty(victims, bursts("offender", [trouble]), worlds, async (mounts, offenders, world) => {
          await compare(mounts, offenders, world);
        }),
        { numRuns: 15 },
      );
    },
    60_000,
  );

  test("everything at once", async () => {
    await fc.assert(fc.asyncProperty(victims, bursts("offender", troubles), worlds, compare), { numRuns: 15 });
  }, 60_000);
});

describe("what several namespaces do", () => {
  const several = fc
    .tuple(
      ...["a", "b", "c", "d"].map((name) => bursts(name, ["hang", "broken", "unreached", "untrusted", "denied"], 4)),
    )
    .map((all) => all.flat());

  test("costs the others nothing either, where the store answers them", async () => {
    await fc.assert(fc.asyncProperty(victims, several, worlds, compare), { numRuns: 10 });
  }, 60_000);
});

test("a store that is down for all fails fast for all, once several namespaces have met it", async () => {
  const mounts: PodMount[] = Array.from({ length: 200 }, (_, index) => ({
    at: index * 50,
    namespace: `team-${index % 10}`,
    serviceAccount: `web-${index % 20}`,
    pod: `pod-${index}`,
    objects: [`${index}`],
    trouble: "unreached",
  }));
  const ends = await runMounts(mounts, { quota: "", proof: "service-account" });
  expect(new Set(ends.map(({ outcome }) => outcome))).toEqual(new Set(["store_unavailable"]));
  const last = ends.slice(100);
  expect(slowest(last)).toBeLessThanOrEqual(1000);
});
