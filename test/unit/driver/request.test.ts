import { describe, expect, test } from "@jest/globals";
import { buildMountRequest, volumeProblem, type Caller, type PodVolume } from "../../../src/driver/request.ts";
import { Secret } from "../../../src/model/secret.ts";

const pod = { name: "web-0", namespace: "shop", uid: "0d6f", serviceAccount: "web" };
const volume: PodVolume = {
  spc: { name: "web-secrets", parameters: new Map([["objects", "- objectName: <db> & co\n"]]) },
  pod,
};
const token = { token: Secret.fromText("eyJ"), expirationTimestamp: "2026-05-01T10:00:00Z" };
const tokens = new Map([
  ["vault", token],
  ["", token],
]);
const tokensKey = "csi.storage.k8s.io/serviceAccount.tokens";
const tokensJson =
  '{"":{"token":"eyJ","expirationTimestamp":"2026-05-01T10:00:00Z"},' +
  '"vault":{"token":"eyJ","expirationTimestamp":"2026-05-01T10:00:00Z"}}';
const mounted = [{ id: "db", version: "7" }];
const podKeys = [
  "csi.storage.k8s.io/pod.name",
  "csi.storage.k8s.io/pod.namespace",
  "csi.storage.k8s.io/pod.uid",
  "csi.storage.k8s.io/serviceAccount.name",
];
const full = ["csi.storage.k8s.io/ephemeral", ...podKeys, "objects", "secretProviderClass"];
const short = [...podKeys, "objects"];

describe("buildMountRequest", () => {
  test("writes attributes as Go does: sorted, without spaces, HTML escaped", () => {
    expect(buildMountRequest(volume, "1.6").attributes).toBe(
      '{"csi.storage.k8s.io/ephemeral":"true","csi.storage.k8s.io/pod.name":"web-0",' +
        '"csi.storage.k8s.io/pod.namespace":"shop","csi.storage.k8s.io/pod.uid":"0d6f",' +
        '"csi.storage.k8s.io/serviceAccount.name":"web",' +
        '"objects":"- objectName: \\u003cdb\\u003e \\u0026 co\\n","secretProviderClass":"web-secrets"}',
    );
  });

  test.each<{ is: string; caller: Caller; again?: true; keys: string[]; secrets: string; current?: object[] }>([
    { is: "1.6, first mount", caller: "1.6", keys: full, secrets: "null" },
    { is: "1.6, rotation", caller: "1.6", again: true, keys: full, secrets: "null" },
    { is: "1.5, first mount", caller: "1.5", keys: full, secrets: "null" },
    { is: "1.5, rotation", caller: "1.5", again: true, keys: short, secrets: "{}", current: mounted },
    { is: "1.3, first mount", caller: "1.3", keys: full, secrets: "null" },
    { is: "1.3, rotation", caller: "1.3", again: true, keys: short, secrets: "{}", current: mounted },
    { is: "sync controller", caller: "sync-controller", keys: short, secrets: "{}" },
    { is: "sync controller, later", caller: "sync-controller", again: true, keys: short, secrets: "{}" },
  ])("$is", ({ caller, again, keys, secrets, current = [] }) => {
    const request = buildMountRequest(volume, caller, again && mounted);
    expect(Object.keys(JSON.parse(request.attributes) as object)).toEqual(keys);
    expect(request.secrets).toBe(secrets);
    expect(request.permission).toBe("420");
    expect(request.currentObjectVersion).toEqual(current);
  });

  test("names the target path as kubelet does; the sync controller has one for all", () => {
    const path = "/pods/0d6f/volumes/kubernetes.io~csi";
    expect(buildMountRequest(volume, "1.6").targetPath).toBe(`/var/lib/kubelet${path}/secrets/mount`);
    const moved = { ...volume, kubeletRoot: "/data/kubelet", volumeName: "v" };
    expect(buildMountRequest(moved, "1.3").targetPath).toBe(`/data/kubelet${path}/v/mount`);
    expect(buildMountRequest(moved, "sync-controller").targetPath).toBe("/mnt/secrets-store");
  });

  test("volume attributes override parameters, kubelet's keys override both, old rotations forget them", () => {
    const volumeAttributes = new Map([
      ["objects", "[]"],
      ["extra", "1"],
      ["csi.storage.k8s.io/pod.namespace", "other"],
    ]);
    const first = JSON.parse(buildMountRequest({ ...volume, volumeAttributes }, "1.5").attributes) as object;
    expect(first).toMatchObject({ objects: "[]", extra: "1", "csi.storage.k8s.io/pod.namespace": "shop" });
    const again = JSON.parse(buildMountRequest({ ...volume, volumeAttributes }, "1.5", mounted).attributes) as object;
    expect(again).toMatchObject({ objects: "- objectName: <db> & co\n", "csi.storage.k8s.io/pod.namespace": "shop" });
    expect(again).not.toHaveProperty("extra");
  });

  test("tokens are JSON text inside the JSON, and also in the secrets where the CSIDriver says so", () => {
    const plain = buildMountRequest({ ...volume, tokens }, "1.6");
    expect(JSON.parse(plain.attributes)).toHaveProperty([tokensKey], tokensJson);
    expect(plain.secrets).toBe("null");
    const both = buildMountRequest({ ...volume, tokens, tokensInSecrets: true }, "1.6");
    expect(both.attributes).toBe(plain.attributes);
    expect(JSON.parse(both.secrets)).toEqual({ [tokensKey]: tokensJson });
    expect(buildMountRequest({ ...volume, tokensInSecrets: true }, "1.6").secrets).toBe("null");
  });

  test("the pod's author can supply the tokens key when kubelet has none", () => {
    const volumeAttributes = new Map([[tokensKey, "forged"]]);
    const attributes = (more: Partial<PodVolume>): unknown =>
      JSON.parse(buildMountRequest({ ...volume, volumeAttributes, ...more }, "1.6").attributes);
    expect(attributes({})).toHaveProperty([tokensKey], "forged");
    expect(attributes({ tokens })).toHaveProperty([tokensKey], tokensJson);
  });

  test("secrets are their texts; an empty Secret is an empty object", () => {
    const secrets = new Map([
      ["b", Secret.fromText("1<2")],
      ["a", Secret.fromText("x")],
    ]);
    expect(buildMountRequest({ ...volume, secrets }, "1.6").secrets).toBe('{"a":"x","b":"1\\u003c2"}');
    expect(buildMountRequest({ ...volume, secrets: new Map() }, "1.6").secrets).toBe("{}");
  });
});

describe("volumeProblem", () => {
  test.each<{ is: string; provider: string; problem: unknown }>([
    { is: "fine", provider: "keyferry", problem: undefined },
    { is: "no provider", provider: "", problem: "spec.provider is missing" },
    { is: "a path as provider", provider: "../x", problem: expect.stringContaining("not a provider name") },
    { is: "a long name", provider: "x".repeat(31), problem: expect.stringContaining("not a provider name") },
  ])("$is", ({ provider, problem }) => {
    expect(volumeProblem(provider, volume)).toEqual(problem);
  });

  test("wants a name and at least one parameter", () => {
    expect(volumeProblem("x", { pod, spc: { name: "", parameters: volume.spc.parameters } })).toContain("no name");
    expect(volumeProblem("x", { pod, spc: { name: "s", parameters: new Map() } })).toContain(
      "spec.parameters is empty",
    );
  });
});
