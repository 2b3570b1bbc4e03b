import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createHttpClient } from "../../../src/http/client.ts";
import { createKubeApi, type KubeApi } from "../../../src/kube/api.ts";
import { readPodAnnotation } from "../../../src/kube/pod-annotation.ts";
import { startKube, type FakeKube } from "../../fakes/kube.ts";

let kube: FakeKube;
let api: KubeApi;

beforeEach(async () => {
  kube = await startKube();
  const access = { server: kube.url, tls: {}, namespace: "csi", token: () => Promise.resolve(undefined) };
  api = createKubeApi(() => Promise.resolve(access), createHttpClient().send);
  kube.podAnnotations.set("shop/web", { a: "text" });
});

afterEach(() => kube.close());

const read = (name: string, annotation: string) =>
  readPodAnnotation(api, { namespace: "shop", name }, annotation, new AbortController().signal);

test("gives the text, and nothing for an annotation that is not there", async () => {
  expect([await read("web", "a"), await read("web", "b")]).toEqual(["text", ""]);
});

test("tells what keeps it from reading", async () => {
  await expect(read("none", "a")).rejects.toMatchObject({ reason: "object_not_found" });
  kube.forbidden.add("GET /api/v1/namespaces/shop/pods/web");
  await expect(read("web", "a")).rejects.toMatchObject({ reason: "not_configured" });
  kube.forbidden.clear();
  kube.faults.status(503);
  await expect(read("web", "a")).rejects.toMatchObject({ reason: "store_unavailable" });
});

test("a name cannot lead elsewhere", async () => {
  await expect(read("../secrets/x", "a")).rejects.toMatchObject({ reason: "object_not_found" });
  expect(kube.asked.at(-1)?.url).toBe("/api/v1/namespaces/shop/pods/..%2Fsecrets%2Fx");
});
