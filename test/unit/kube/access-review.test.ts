import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHttpClient } from "../../../src/http/client.ts";
import { isAllowed } from "../../../src/kube/access-review.ts";
import { createKubeApi, type KubeApi } from "../../../src/kube/api.ts";
import { readCsiDriver } from "../../../src/kube/csi-driver.ts";
import { Secret } from "../../../src/model/secret.ts";
import { startKube, type FakeKube } from "../../fakes/kube.ts";

const http = createHttpClient();
const never = new AbortController().signal;
const permission = { verb: "create", group: "", resource: "serviceaccounts", subresource: "token" };
let kube: FakeKube;
let api: KubeApi;

beforeEach(async () => {
  kube = await startKube();
  const token = () => Promise.resolve(Secret.fromText("daemon-token"));
  api = createKubeApi(() => Promise.resolve({ server: kube.url, tls: {}, namespace: "csi", token }), http.send);
});

afterEach(async () => {
  http.close();
  await kube.close();
});

describe("a right", () => {
  test("is asked for as it stands, and allowed or not", async () => {
    expect(await isAllowed(api, permission, never)).toBe(false);
    kube.allowed.add("create serviceaccounts/token");
    expect(await isAllowed(api, permission, never)).toBe(true);
    expect(JSON.parse(kube.asked[0]?.body ?? "")).toEqual({
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: permission },
    });
  });

  test("is not allowed by an answer without a verdict", async () => {
    kube.faults.garbage();
    await expect(isAllowed(api, permission, never)).rejects.toMatchObject({ reason: "store_protocol" });
  });

  test("is not asked for by who is unknown", async () => {
    kube.faults.status(401);
    await expect(isAllowed(api, permission, never)).rejects.toMatchObject({ reason: "not_configured" });
  });
});

describe("a CSIDriver object", () => {
  test("may leave out everything", async () => {
    kube.csiDrivers.set("d", {});
    expect(await readCsiDriver(api, "d", never)).toEqual({
      audiences: [],
      podInfoOnMount: false,
      requiresRepublish: false,
      ephemeral: false,
    });
  });

  test("may ask for the cluster's own audience, and for nonsense that does not count", async () => {
    kube.csiDrivers.set("d", { tokenRequests: [{}, { audience: "" }, { audience: 5 }, { audience: "vault" }] });
    expect(await readCsiDriver(api, "d", never)).toMatchObject({ audiences: ["", "", "vault"] });
  });
});
