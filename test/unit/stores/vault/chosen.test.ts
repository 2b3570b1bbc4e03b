import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import { permit, type Policy } from "../../../../src/mount/permit.ts";
import { Issues } from "../../../../src/text/issues.ts";
import { defaultFileMode } from "../../../../src/model/file.ts";
import type { VaultParams } from "../../../../src/stores/vault/language.ts";
import { connectedStores } from "../../../fakes/connected.ts";
import { startKube, type FakeKube } from "../../../fakes/kube.ts";
import { attributesOf, createMounting, textsOf } from "../../../fakes/mounting.ts";
import { startVault, vaultData, type FakeVault } from "../../../fakes/vault.ts";

const pod = { name: "web-0", namespace: "shop", uid: "u", serviceAccount: "web" };
const open: Policy = { inlineStores: true, addresses: [], files: [] };
const flags = {
  "vault-addr": "https://vault.example.com:8200",
  "vault-tls-ca-cert": "/own/ca.pem",
  "vault-tls-client-cert": "/own/client.pem",
  "vault-tls-client-key": "/own/client.key",
};
const objects = { vault: "- { objectName: f, secretPath: kv/x, secretKey: k }" };

/** What permit says of a manifest. */
function judged(
  provider: string,
  parameters: Readonly<Record<string, string>>,
  policy: Policy,
  settings: Readonly<Record<string, string>> = flags,
): { readonly params: unknown; readonly refused: string } {
  const dialect = connectedStores(settings).dialects.find(({ name }) => name === provider);
  const issues = new Issues();
  const plan = dialect?.parse(
    { parameters: new Map(Object.entries(parameters)), defaultMode: defaultFileMode },
    issues,
  );
  if (plan === undefined) throw new Error(issues.toError()?.message ?? "no dialect");
  try {
    permit(
      plan,
      { pod, tokens: new Map([["x", { token: undefined as never, expiresAt: undefined }]]) },
      { policy, makesTokens: true },
    );
    return { params: plan.reads[0]?.candidates[0].store.params, refused: "" };
  } catch (thrown) {
    return { params: undefined, refused: MountError.from(thrown).text };
  }
}

const vaultOf = (parameters: Readonly<Record<string, string>>, policy: Policy = open) =>
  judged("vault", { roleName: "r", objects: objects.vault, ...parameters }, policy);

describe("files that a manifest names", () => {
  const granted = { ...open, files: ["/etc/keyferry/vault"] };

  test.each(["vaultCACertPath", "vaultCADirectory"])("%s is taken below a granted folder only", (parameter) => {
    expect(vaultOf({ [parameter]: "/etc/keyferry/vault/ca.pem" }, granted).refused).toBe("");
    for (const path of ["/etc/keyferry/vaulted/ca.pem", "/etc/keyferry/vault/../keys/k", "/etc/passwd", "ca.pem"]) {
      expect(vaultOf({ [parameter]: path }, granted).refused).toMatch(
        /may not name the daemon's "[^"]+"; .*policy\.files/,
      );
    }
  });

  test("are refused in the same words whether they exist or not", () => {
    const told = ["/etc/passwd", "/no/such/file"].map((path) =>
      vaultOf({ vaultCACertPath: path }).refused.replace(path, "PATH"),
    );
    expect(told[0]).toBe(told[1]);
  });

  test("are the operator's where they are those of the operator's own settings", () => {
    expect(vaultOf({ vaultCACertPath: "/own/ca.pem" }).refused).toBe("");
  });

  test("a client certificate is no different, and the operator's own is none of a manifest's", () => {
    const pair = { vaultTLSClientCertPath: "/own/client.pem", vaultTLSClientKeyPath: "/own/client.key" };
    expect(vaultOf({ ...pair, vaultAddress: "https://evil.test" }).refused).toMatch(/may not name the daemon's/);
    expect(vaultOf(pair).refused).toBe("");
  });
});

describe("the operator's client certificate", () => {
  const certificateOf = (parameters: Readonly<Record<string, string>>) =>
    (vaultOf(parameters).params as VaultParams).tls.certificateFile;

  test.each([
    ["no address", {}, "/own/client.pem"],
    [
      "the operator's address, spelled another way",
      { vaultAddress: "https://VAULT.example.com:8200/" },
      "/own/client.pem",
    ],
    ["an address of its own", { vaultAddress: "https://evil.test:8200" }, undefined],
    ["another port", { vaultAddress: "https://vault.example.com:8201" }, undefined],
  ])("is shown for a manifest with %s", (_, parameters, expected) => {
    expect(certificateOf(parameters)).toBe(expected);
  });
});

describe("where no manifest may choose an address", () => {
  const closed = { ...open, inlineStores: false };
  const gcp = { secrets: "- resourceName: projects/p/secrets/db/versions/latest\n  path: db\n" };

  test("the operator's address is the operator's", () => {
    expect(vaultOf({}, closed).refused).toBe("");
    expect(vaultOf({ vaultAddress: "https://vault.example.com:8200" }, closed).refused).toBe("");
    expect(vaultOf({}, { ...open, addresses: ["other.test"] }).refused).toBe("");
    expect(vaultOf({ vaultAddress: "https://evil.test" }, closed).refused).toMatch(
      /may not choose a store's address here/,
    );
  });

  test("Google's endpoints are the operator's where the operator set them", () => {
    expect(judged("gcp", gcp, closed).refused).toMatch(/may not choose/);
    expect(judged("gcp", gcp, closed, { "gcp-secret-manager-endpoint": "https://sm.test" }).refused).toBe("");
  });

  test("only the hosts that are asked must be allowed", () => {
    expect(judged("gcp", gcp, { ...open, addresses: ["secretmanager.googleapis.com"] }).refused).toBe("");
    expect(judged("gcp", gcp, { ...open, addresses: ["parametermanager.googleapis.com"] }).refused).toMatch(
      /does not allow the address secretmanager.googleapis.com;/,
    );
  });

  test("a pattern for hosts covers no unix socket", () => {
    const socket = { vaultAddress: "unix:///run/x.example.com" };
    expect(vaultOf(socket, { ...open, addresses: ["*.example.com"] }).refused).toMatch(
      /does not allow the address unix:/,
    );
    expect(vaultOf(socket, { ...open, addresses: ["unix:///run/*"] }).refused).toBe("");
  });
});

describe("a token that the daemon has made", () => {
  let vault: FakeVault;
  let kube: FakeKube;

  beforeEach(async () => {
    [vault, kube] = await Promise.all([startVault(), startKube()]);
    vault.routes.set("/v1/kv/x", vaultData({ k: "v" }));
  });

  afterEach(() => Promise.all([vault.close(), kube.close()]));

  const audiences = () =>
    kube.asked
      .filter(({ url }) => url.endsWith("/token"))
      .map(
        ({ body }) => (JSON.parse(body) as { readonly spec: { readonly audiences: readonly string[] } }).spec.audiences,
      );
  const mountWith = (parameters: Readonly<Record<string, string>>, settings: Readonly<Record<string, string>>) =>
    createMounting(kube, settings).mount({
      ...attributesOf({ roleName: "r", objects: objects.vault, ...parameters }),
      "csi.storage.k8s.io/serviceAccount.tokens": "{}",
    });

  test("for the operator's address is one as the official provider makes it", async () => {
    expect(textsOf(await mountWith({}, { "vault-addr": vault.url }))).toEqual({ f: "v" });
    await mountWith({ audience: "other" }, { "vault-addr": vault.url });
    expect(audiences()).toEqual([[], ["other"]]);
  });

  test("for an address of the manifest's has the store's audience, and no other", async () => {
    await mountWith({ vaultAddress: vault.url }, {});
    expect(audiences()).toEqual([["vault"]]);
    for (const audience of ["https://kubernetes.default.svc", "other"]) {
      await expect(mountWith({ vaultAddress: vault.url, audience }, {})).rejects.toMatchObject({
        reason: "identity_missing",
        text: expect.stringMatching(/tokenRequests of the CSIDriver/),
      });
    }
    expect(audiences()).toEqual([["vault"]]);
  });
});
