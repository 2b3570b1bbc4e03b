import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startAws, type FakeAws } from "../fakes/aws.ts";
import { startKube, type FakeKube } from "../fakes/kube.ts";
import { podToken } from "../fakes/pod-token.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient, type RawEnd } from "./raw-client.ts";
import { mountRequest, tokensKey } from "./requests.ts";

let aws: FakeAws;
let kube: FakeKube;
let daemon: Daemon;
let client: RawClient;

beforeAll(async () => {
  [aws, kube] = await Promise.all([startAws(), startKube()]);
  kube.accounts.set("shop/web", { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/shop-web" });
  kube.accounts.set("shop/forty", { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/forty" });
  kube.podNodes.set("shop/web-0", "node-a");
  kube.nodes.set("node-a", { "topology.kubernetes.io/region": "eu-west-1" });
  const kubeconfig = join(mkdtempSync(join(tmpdir(), "kf-kube-")), "config");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u", namespace: "csi" } }],
      clusters: [{ name: "c", cluster: { server: kube.url } }],
      users: [{ name: "u", user: { token: "t" } }],
    }),
  );
  const flags = Object.entries(aws.settings).flatMap(([flag, value]) => [`--${flag}`, value]);
  const own = ["--serve", "keyferry,aws", "--kubeconfig", kubeconfig, "--mount-timeout", "3s", "--log-level", "debug"];
  daemon = await startDaemon({ flags: [...own, ...flags] });
  client = connectRaw(daemon.socket("aws"));
});

afterAll(async () => {
  client.close();
  await daemon.stop();
  await Promise.all([aws.close(), kube.close()]);
});

beforeEach(() => {
  aws.world.script = [];
  aws.world.calls.length = 0;
  aws.faults.clear();
});

function mount(objects: string, serviceAccount = "web", pod = "web-0", change = {}): Promise<RawEnd> {
  const token = podToken(pod, "shop", serviceAccount);
  const tokens = JSON.stringify({ "sts.amazonaws.com": { token }, "pods.eks.amazonaws.com": { token } });
  const more = { stores: undefined, objects, region: "eu-west-1", [tokensKey]: tokens, ...change };
  return client.mount(mountRequest({ address: "", pod, serviceAccount, more }));
}

const db =
  "- { objectName: shop/db, objectType: secretsmanager, filePermission: '0400', jmesPath: [ { path: password, objectAlias: pw } ] }";

describe("a manifest of the official provider on aws.sock", () => {
  test("gives its files, modes and versions by IRSA", async () => {
    const end = await mount(`${db}\n- { objectName: /shop/db/password, objectType: ssmparameter }`);
    expect(end.details).toBe("");
    expect(end.files.map(({ path, mode, contents }) => [path, mode, contents.toString().slice(0, 13)])).toEqual([
      ["shop_db", 256, '{"username":"'],
      ["pw", 256, "pw-canary"],
      ["_shop_db_password", 420, "param-canary"],
    ]);
    const version = "11111111-aaaa-4bbb-8ccc-000000000002";
    expect(end.versions).toEqual([
      { id: "shop_db", version },
      { id: "pw", version },
      { id: "_shop_db_password", version: "2" },
    ]);
  });

  test("by EKS Pod Identity, in the region of the node", async () => {
    const end = await mount(db, "other", "web-0", { usePodIdentity: "true", region: undefined });
    expect(end.details).toBe("");
    expect(aws.world.calls.map(({ service, region }) => `${service} ${region}`)).toEqual([
      "pod-identity ",
      "secretsmanager eu-west-1",
    ]);
  });

  test("takes on the role and asks once for 40 pods of one service account", async () => {
    const pods = Array.from({ length: 40 }, (_, at) => `p${at}`);
    const ends = await Promise.all(pods.map((pod) => mount(db, "forty", pod)));
    expect(ends.map(({ code }) => code)).toEqual(Array(40).fill(0));
    expect(aws.world.calls).toHaveLength(2);
  });

  test.each([
    ["hangs", () => aws.faults.hang()],
    ["throttles", () => aws.faults.status(429, 1)],
    ["is down", () => aws.faults.status(503)],
    ["answers garbage", () => aws.faults.garbage()],
  ])("ends with a final code that shows nothing where AWS %s", async (fault, begin) => {
    begin();
    const end = await mount(db, `account-${fault.length}`, "web-0", { usePodIdentity: "true" });
    expect([3, 5, 7, 9, 13, 16]).toContain(end.code);
    expect(end.details).not.toMatch(/canary/u);
  });
});

test("nothing secret is in the daemon's log", () => {
  expect(daemon.output()).not.toMatch(/canary/u);
});
