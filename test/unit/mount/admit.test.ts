import { describe, expect, test } from "@jest/globals";
import { admit } from "../../../src/mount/admit.ts";
import type { MountRequest } from "../../../src/model/request.ts";

const attributes = {
  "csi.storage.k8s.io/ephemeral": "true",
  "csi.storage.k8s.io/pod.name": "web-0",
  "csi.storage.k8s.io/pod.namespace": "shop",
  "csi.storage.k8s.io/pod.uid": "0d6f",
  "csi.storage.k8s.io/serviceAccount.name": "web",
  objects: "- objectName: db\n",
  secretProviderClass: "web-secrets",
};
const tokens = JSON.stringify({ vault: { token: "eyJ.secret", expirationTimestamp: "2026-05-01T10:00:00Z" } });
const tokensKey = "csi.storage.k8s.io/serviceAccount.tokens";

function request(change: Partial<MountRequest> = {}): MountRequest {
  return {
    attributes: JSON.stringify(attributes),
    secrets: "null",
    targetPath: "/var/lib/kubelet/pods/0d6f/volumes/kubernetes.io~csi/s/mount",
    permission: "420",
    ...change,
  };
}

function withAttributes(change: Readonly<Record<string, string>>): MountRequest {
  return request({ attributes: JSON.stringify({ ...attributes, ...change }) });
}

describe("admit", () => {
  test("parses what the driver sends", () => {
    const admitted = admit(request());
    expect(admitted.pod).toEqual({ name: "web-0", namespace: "shop", uid: "0d6f", serviceAccount: "web" });
    expect([...admitted.parameters]).toEqual([["objects", "- objectName: db\n"]]);
    expect(admitted).toMatchObject({ secretProviderClass: "web-secrets", defaultMode: 0o644 });
    expect([admitted.tokens.size, admitted.secrets.size]).toEqual([0, 0]);
  });

  test.each([
    ["the sync controller's folder", "/mnt/secrets-store"],
    ["another pod's folder", "/var/lib/kubelet/pods/aaaa/volumes/kubernetes.io~csi/s/mount"],
    ["another kind of volume", "/var/lib/kubelet/pods/0d6f/volumes/kubernetes.io~empty-dir/s/mount"],
  ])("takes no pod for the owner of %s", (_, targetPath) => {
    const { pod, volume } = admit(request({ targetPath }));
    expect(pod).toEqual({ name: "web-0", namespace: "shop", uid: "", serviceAccount: "web" });
    expect(volume.podUid).toBe("");
  });

  test("knows a pod's volume below any root of kubelet", () => {
    const targetPath = "/data/kubelet/pods/0d6f/volumes/kubernetes.io~csi/s/mount";
    expect(admit(request({ targetPath })).volume).toEqual({ podUid: "0d6f", targetPath });
  });

  test.each([["null"], ["{}"], [""], [" null "]])("takes secrets %j for none", (secrets) => {
    expect(admit(request({ secrets })).secrets.size).toBe(0);
  });

  test("keeps the Secret of nodePublishSecretRef apart from the tokens among it", () => {
    const secrets = JSON.stringify({ clientid: "id", [tokensKey]: tokens });
    const admitted = admit(request({ secrets }));
    expect([...admitted.secrets.keys()]).toEqual(["clientid"]);
    expect([...admitted.tokens.keys()]).toEqual(["vault"]);
  });

  test("reads tokens by audience with their expiry", () => {
    const admitted = admit(withAttributes({ [tokensKey]: tokens }));
    const token = admitted.tokens.get("vault");
    expect(token?.token.revealText()).toBe("eyJ.secret");
    expect(token?.expiresAt).toBe(Date.parse("2026-05-01T10:00:00Z"));
    expect(JSON.stringify([...admitted.tokens])).not.toContain("eyJ");
  });

  test("prefers the tokens that only kubelet can set", () => {
    const forged = JSON.stringify({ vault: { token: "forged" } });
    const admitted = admit({
      ...withAttributes({ [tokensKey]: forged }),
      secrets: JSON.stringify({ [tokensKey]: tokens }),
    });
    expect(admitted.tokens.get("vault")?.token.revealText()).toBe("eyJ.secret");
  });

  test.each([
    { is: "empty attributes", change: { attributes: "" }, reason: "malformed_request" },
    { is: "half an object", change: { attributes: "{" }, reason: "malformed_request" },
    { is: "a list", change: { attributes: "[]" }, reason: "malformed_request" },
    { is: "null", change: { attributes: "null" }, reason: "malformed_request" },
    { is: "a number among them", change: { attributes: '{"objects":5}' }, reason: "malformed_request" },
    { is: "half of secrets", change: { secrets: "{" }, reason: "malformed_request" },
    { is: "a list of secrets", change: { secrets: "[]" }, reason: "malformed_request" },
    { is: "a secret that is no text", change: { secrets: '{"hunter2":1}' }, reason: "malformed_request" },
    { is: "permission that is no number", change: { permission: "abc" }, reason: "malformed_request" },
    { is: "an empty permission", change: { permission: "" }, reason: "malformed_request" },
    { is: "no pod", change: { attributes: '{"objects":""}' }, reason: "identity_missing" },
    { is: "tokens that are no JSON", change: withAttributes({ [tokensKey]: "hunter2" }), reason: "identity_malformed" },
    {
      is: "a token that is a number",
      change: withAttributes({ [tokensKey]: '{"a":{"token":1}}' }),
      reason: "identity_malformed",
    },
    { is: "tokens that are a list", change: withAttributes({ [tokensKey]: "[]" }), reason: "identity_malformed" },
    {
      is: "an entry without a token",
      change: withAttributes({ [tokensKey]: '{"a":{}}' }),
      reason: "identity_malformed",
    },
    {
      is: "an entry that is a text",
      change: withAttributes({ [tokensKey]: '{"a":"hunter2"}' }),
      reason: "identity_malformed",
    },
  ])("refuses $is without showing it", ({ change, reason }) => {
    let caught: unknown;
    try {
      admit(request(change));
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ reason });
    expect((caught as Error).message).not.toContain("hunter2");
  });

  test.each([
    ['{"vault":{"token":""}}', []],
    ['{"vault":{"token":""},"other":{"token":"t"}}', ["other"]],
    ['{"a":{"token":""},"b":null,"c":{"Token":"t"}}', ["c"]],
    ["{}", []],
    ["null", []],
  ])("tokens %j that are empty are none", (written, audiences) => {
    const admitted = admit(withAttributes({ [tokensKey]: written }));
    expect([...admitted.tokens.keys()]).toEqual(audiences);
    expect(admitted.tokensWithheld).toBe(audiences.length === 0);
    expect(admit(request()).tokensWithheld).toBe(false);
  });

  test.each([
    ["json", "420", 0o644],
    ["json", " 420\n", 0o644],
    ["json", "null", 0],
    ["json", "0", 0],
    ["json", "4095", 4095],
    ["json", "4294967295", -1],
    ["json", "0644", undefined],
    ["json", '"420"', undefined],
    ["json", "420.0", undefined],
    ["json", "4e2", undefined],
    ["json", "-1", undefined],
    ["json", "4294967296", undefined],
    ["json", "", undefined],
    ["decimal", "420", 0o644],
    ["decimal", "0644", 644],
    ["decimal", "null", undefined],
    ["decimal", " 420", undefined],
    ["decimal", "", undefined],
  ] as const)("permission by %s: %j is %p", (form, permission, expected) => {
    const read = () => admit(request({ permission }), { permission: form }).defaultMode as number;
    const said = (): number | undefined => {
      try {
        return read();
      } catch {
        return undefined;
      }
    };
    expect(said()).toBe(expected);
  });

  test("a megabyte in one parameter is nothing special", () => {
    expect(admit(withAttributes({ objects: "x".repeat(1 << 20) })).parameters.get("objects")).toHaveLength(1 << 20);
  });
});
