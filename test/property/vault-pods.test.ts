import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MountError } from "../../src/model/error.ts";
import { attributesOf, createMounting, textsOf, type Mounting } from "../fakes/mounting.ts";
import { startVault, vaultData, vaultJson, type FakeVault } from "../fakes/vault.ts";

/** Pods of one service account. */
const pods = ["web-0", "web-1", "web-2", "web-3"] as const;
type PodName = (typeof pods)[number];
const paths = ["kv/common", "kv/private", "db/creds"] as const;

/** What a role's binding and policies let one pod do: which entity it is, and what that may read. */
interface Binding {
  readonly accepted: boolean;
  readonly entity: string;
  readonly mayRead: readonly string[];
}

interface Step {
  readonly pod: PodName;
  readonly paths: readonly (typeof paths)[number][];
  readonly wait: number;
  /** Whether every token is revoked before. */
  readonly revoke: boolean;
}

const binding: fc.Arbitrary<Binding> = fc.record({
  accepted: fc.boolean(),
  entity: fc.constantFrom("e1", "e2"),
  mayRead: fc.subarray([...paths]),
});
const bindings = fc.record({ "web-0": binding, "web-1": binding, "web-2": binding, "web-3": binding });
const step: fc.Arbitrary<Step> = fc.record({
  pod: fc.constantFrom(...pods),
  paths: fc.subarray([...paths], { minLength: 1 }),
  wait: fc.constantFrom(0, 0, 1_000, 30_000, 200_000, 3_000_000),
  revoke: fc.constantFrom(false, false, false, true),
});

let vault: FakeVault;
/** The pod that each token was given to. */
const owners = new Map<string, PodName>();
let bound: Readonly<Record<PodName, Binding>>;

beforeAll(async () => {
  vault = await startVault();
  vault.login.accept = ({ pod }) => {
    const name = pods.find((one) => one === pod);
    if (name === undefined || !bound[name].accepted) return undefined;
    const token = `tok of ${name} ${owners.size}`.replaceAll(" ", "-");
    owners.set(token, name);
    vault.tokens.add(token);
    // Equal policies for equal rights, as a server has it.
    return { client_token: token, entity_id: bound[name].entity, policies: bound[name].mayRead };
  };
  for (const path of paths) {
    vault.routes.set(`/v1/${path}`, ({ headers }) => {
      const owner = owners.get(String(headers["x-vault-token"]));
      if (owner === undefined || !bound[owner].mayRead.includes(path)) {
        return vaultJson({ errors: ["permission denied"] }, 403);
      }
      const { entity } = bound[owner];
      // Credentials are a pod's own; other answers depend on the entity, as templated policies make them.
      if (path !== "db/creds") return vaultData({ k: `${path} as ${entity} sees it` });
      return vaultData(
        { k: `made for ${owner}` },
        { lease_id: `db/${owner}`, renewable: true, lease_duration: 36_000 },
      );
    });
  }
});

afterAll(() => vault.close());

function mountOf(mounting: Mounting, { pod, paths: wanted }: Step): Promise<unknown> {
  const objects = wanted.map(
    (path) => `- { objectName: ${path.replace("/", "-")}, secretPath: ${path}, secretKey: k }`,
  );
  const mounted = mounting.mount(attributesOf({ roleName: "shop", objects: objects.join("\n") }, pod));
  return mounted.then(textsOf, (thrown: unknown) => MountError.from(thrown).text);
}

/** What became of the Mounts of these pods, in order; waits and revocations are the same in every run. */
async function run(steps: readonly Step[], who: readonly PodName[]): Promise<readonly unknown[]> {
  owners.clear();
  vault.tokens.clear();
  const mounting = createMounting(undefined, { "vault-addr": vault.url });
  const outcomes: unknown[] = [];
  for (const one of steps) {
    await mounting.clock.advance(one.wait);
    if (one.revoke) vault.tokens.clear();
    if (who.includes(one.pod)) outcomes.push({ pod: one.pod, outcome: await mountOf(mounting, one) });
  }
  return outcomes;
}

test("a pod is given the same with and without its neighbours, whatever a role binds", async () => {
  await fc.assert(
    fc.asyncProperty(bindings, fc.array(step, { minLength: 2, maxLength: 10 }), async (chosen, steps) => {
      bound = chosen;
      const together = (await run(steps, pods)) as readonly { readonly pod: PodName }[];
      for (const pod of pods) {
        expect(await run(steps, [pod])).toEqual(together.filter((one) => one.pod === pod));
      }
    }),
    { numRuns: 60 },
  );
});

test("pods that start at once are given what each is given alone", async () => {
  await fc.assert(
    fc.asyncProperty(bindings, fc.subarray([...paths], { minLength: 1 }), async (chosen, wanted) => {
      bound = chosen;
      const steps = pods.map((pod) => ({ pod, paths: wanted, wait: 0, revoke: false }));
      owners.clear();
      const mounting = createMounting(undefined, { "vault-addr": vault.url });
      const together = await Promise.all(steps.map((one) => mountOf(mounting, one)));
      for (const [at, one] of steps.entries()) {
        const [alone] = (await run([one], [one.pod])) as readonly { readonly outcome: unknown }[];
        expect(together[at]).toEqual(alone?.outcome);
      }
    }),
    { numRuns: 40 },
  );
});
