import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import type { MountResponse } from "../../../../src/model/request.ts";
import { identity, startDoppler, type FakeDoppler } from "../../../fakes/doppler.ts";
import { startKube, type FakeKube } from "../../../fakes/kube.ts";
import { attributesOf, createMounting, textsOf, type Mounting } from "../../../fakes/mounting.ts";
import { podToken } from "../../../fakes/pod-token.ts";

let doppler: FakeDoppler;
let mounting: Mounting;

beforeEach(async () => {
  doppler = await startDoppler();
  mounting = createMounting(undefined, { "doppler-hosts": doppler.url });
  doppler.now = () => mounting.clock.now();
});

afterEach(() => doppler.close());

const login = { project: "shop", config: "prd", identity };
const reads = () => doppler.count("/v3/configs/");

function mountFor(pod: string, parameters: Readonly<Record<string, string>>): Promise<MountResponse> {
  const tokens = JSON.stringify({ [doppler.url]: { token: podToken(pod) } });
  const attributes = { ...attributesOf(parameters, pod), "csi.storage.k8s.io/serviceAccount.tokens": tokens };
  return mounting.mount(attributes, { dialect: "doppler" });
}

const pods = Array.from({ length: 200 }, (_, at) => `web-${at}`);

describe("provider doppler", () => {
  test("asks once for 200 pods of one config, and at most four times a minute while they are rotated", async () => {
    await Promise.all(pods.map((pod) => mountFor(pod, login)));
    expect([doppler.count("/v3/auth/oidc"), reads()]).toEqual([1, 1]);
    for (let minute = 0; minute < 6; minute += 1) {
      await mounting.clock.advance(60_000);
      await Promise.all(pods.map((pod) => mountFor(pod, login)));
    }
    expect(reads()).toBeLessThanOrEqual(1 + 6);
  });

  test("asks whether an answer still holds, and takes over what changed", async () => {
    await mountFor("web-0", login);
    await mounting.clock.advance(300_000);
    expect(textsOf(await mountFor("web-0", login))["A"]).toBe("1");
    expect(doppler.asked.at(-1)?.headers["if-none-match"]).toMatch(/^W\/"/u);
    doppler.configs.get("prd")?.set("A", "2");
    await mounting.clock.advance(300_000);
    expect(textsOf(await mountFor("web-0", login))["A"]).toBe("2");
    expect(reads()).toBe(3);
  });

  test("answers volumes with the same token from one download", async () => {
    const secrets = JSON.stringify({ serviceToken: "dp.st.prd.canary" });
    for (const serviceAccount of ["one", "two"]) {
      const attributes = { ...attributesOf({}), "csi.storage.k8s.io/serviceAccount.name": serviceAccount };
      await mounting.mount(attributes, { dialect: "doppler", secrets });
    }
    expect(reads()).toBe(1);
    doppler.serviceTokens.set("dp.st.other.canary", "dev");
    const other = JSON.stringify({ serviceToken: "dp.st.other.canary" });
    const response = await mounting.mount(attributesOf({}), { dialect: "doppler", secrets: other });
    expect(textsOf(response)["A"]).toBe("dev-canary");
  });

  test("lets go of what nobody wants", async () => {
    await mountFor("web-0", login);
    await mounting.clock.advance(11 * 60_000);
    mounting.tend();
    await mountFor("web-0", login);
    expect(doppler.asked.at(-1)?.headers["if-none-match"]).toBeUndefined();
  });

  test("logs in anew a minute before its token ends", async () => {
    await mountFor("web-0", login);
    await mounting.clock.advance(58 * 60_000);
    await mountFor("web-0", login);
    expect(doppler.count("/v3/auth/oidc")).toBe(1);
    await mounting.clock.advance(90_000 + 60_000);
    await mountFor("web-0", login);
    expect(doppler.count("/v3/auth/oidc")).toBe(2);
  });

  test("a 429 while it rotates leaves the other pods' answers alone", async () => {
    await mountFor("web-0", login);
    doppler.readReply = { status: 429, headers: { "retry-after": "900" }, body: "{}" };
    await mounting.clock.advance(300_000);
    const ended = mountFor("web-0", login).then(() => "mounted", MountError.from);
    await mounting.clock.advance(120_000);
    expect(await ended).toMatchObject({ code: 9 });
  });
});

describe("dynamic secrets", () => {
  const dynamic = { ...login, includeDynamicSecrets: "true", dynamicSecretsTTLSeconds: "1200" };

  test("are not asked for unless somebody says so", async () => {
    await mountFor("web-0", login);
    expect(doppler.asked.at(-1)?.url).toContain("include_dynamic_secrets=false");
  });

  test("are each pod's own, for three quarters of their life", async () => {
    const leases = [await mountFor("web-0", dynamic), await mountFor("web-1", dynamic)].map(
      (one) => textsOf(one)["LEASE"],
    );
    expect(leases).toEqual(["lease-1", "lease-2"]);
    for (let minute = 0; minute < 14; minute += 1) {
      await mounting.clock.advance(60_000);
      mounting.tend();
      expect(textsOf(await mountFor("web-0", dynamic))["LEASE"]).toBe("lease-1");
    }
    await mounting.clock.advance(61_000);
    expect(textsOf(await mountFor("web-0", dynamic))["LEASE"]).toBe("lease-3");
  });
});

describe("the cluster's own tokens", () => {
  let kube: FakeKube;

  beforeEach(async () => {
    kube = await startKube();
    mounting = createMounting(kube, { "doppler-hosts": doppler.url });
  });

  afterEach(() => kube.close());

  test("are made where kubelet makes none at all", async () => {
    const attributes = { ...attributesOf(login), "csi.storage.k8s.io/serviceAccount.tokens": "" };
    expect(textsOf(await mounting.mount(attributes, { dialect: "doppler" }))["A"]).toBe("1");
  });

  test("are not made for an audience that a manifest made up", async () => {
    const parameters = { ...login, audience: "https://kubernetes.default.svc" };
    const attributes = { ...attributesOf(parameters), "csi.storage.k8s.io/serviceAccount.tokens": "" };
    const error = await mounting.mount(attributes, { dialect: "doppler" }).catch(MountError.from);
    expect(error).toMatchObject({ reason: "identity_missing" });
  });
});
