import { expect, test } from "@jest/globals";
import type { Outcome } from "../../../../src/model/outcome.ts";
import { objectOf, paramsOf } from "../../../contract/parse.ts";
import { connectedStores, sessionFor } from "../../../fakes/connected.ts";
import { startDoppler } from "../../../fakes/doppler.ts";

test.each([
  ["team-a", "dp.st.prd.canary\n", { kind: "found" }],
  ["shop", "dp.st.prd.canary\n", { kind: "failed", error: { reason: "not_permitted" } }],
  ["team-a", undefined, { kind: "failed", error: { reason: "not_configured" } }],
])("in namespace %s, with %j in the operator's file", async (namespace, content, outcome) => {
  const doppler = await startDoppler();
  const readFile = (path: string) =>
    content === undefined ? Promise.reject(new Error(path)) : Promise.resolve(Buffer.from(content));
  const flags = {
    "doppler-hosts": doppler.url,
    "doppler-token-file": "/etc/token",
    "doppler-token-namespaces": "team-*",
  };
  const { store, connection } = connectedStores(flags, { deps: { readFile } }).connectedOf("doppler");
  const params = paramsOf(store, "auth: operator");
  const session = sessionFor(store, params, { name: "web-0", namespace, uid: "u", serviceAccount: "web" });
  const { ref } = objectOf(store, "objectName: A", params);
  const outcomes: readonly Outcome[] = await connection.fetch([ref], session, new AbortController().signal);
  expect(outcomes).toMatchObject([outcome]);
  await doppler.close();
});
