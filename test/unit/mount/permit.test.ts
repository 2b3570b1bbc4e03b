import { describe, expect, test } from "@jest/globals";
import { permit, type Policy } from "../../../src/mount/permit.ts";
import { defaultFileMode, type ObjectPath } from "../../../src/model/file.ts";
import type { MountPlan, PlannedStore } from "../../../src/model/plan.ts";
import { found, ScriptedStore } from "../../fakes/scripted-store.ts";

const pod = { name: "web-0", namespace: "shop", uid: "u", serviceAccount: "web" };
const open: Policy = { inlineStores: true, addresses: [] };
const store = new ScriptedStore(() => found("x"));

function plan(planned: Partial<PlannedStore> & { address?: string }): MountPlan {
  const { address = "vault.example.com:8200", ...rest } = planned;
  const output = {
    kind: "standard" as const,
    path: "db" as ObjectPath,
    mode: defaultFileMode,
    encoding: "utf-8" as const,
  };
  const used = { name: "db", store, params: { address }, ...rest };
  return { objects: [{ index: 0, name: "db", store: used, ref: "db", output }] };
}

describe("permit", () => {
  test.each([
    { is: "a store of the manifest", plan: plan({}), policy: open },
    { is: "an operator's store granted by name", plan: plan({ grantedTo: ["shop"] }), policy: open },
    { is: "… by pattern", plan: plan({ grantedTo: ["sh*"] }), policy: open },
    {
      is: "… although inline stores are off",
      plan: plan({ grantedTo: ["shop"] }),
      policy: { ...open, inlineStores: false },
    },
    { is: "an allowed address", plan: plan({}), policy: { ...open, addresses: ["vault.example.com:8200"] } },
    { is: "… whatever the port", plan: plan({}), policy: { ...open, addresses: ["vault.example.com"] } },
    { is: "… by pattern", plan: plan({}), policy: { ...open, addresses: ["*.example.com"] } },
  ])("allows $is", ({ plan: allowed, policy }) => {
    expect(() => {
      permit(allowed, { pod, tokens: new Map() }, policy);
    }).not.toThrow();
  });

  test.each([
    { is: "an operator's store of others", plan: plan({ grantedTo: ["other", "shop-2"] }), policy: open },
    { is: "an operator's store granted to nobody", plan: plan({ grantedTo: [] }), policy: open },
    { is: "a store of the manifest where those are off", plan: plan({}), policy: { ...open, inlineStores: false } },
    { is: "another address", plan: plan({}), policy: { ...open, addresses: ["other.example.com"] } },
    { is: "another port", plan: plan({}), policy: { ...open, addresses: ["vault.example.com:443"] } },
    {
      is: "a longer name",
      plan: plan({ address: "vault.example.com.evil.test" }),
      policy: { ...open, addresses: ["vault.example.com"] },
    },
  ])("refuses $is", ({ plan: refused, policy }) => {
    expect(() => {
      permit(refused, { pod, tokens: new Map() }, policy);
    }).toThrow(expect.objectContaining({ reason: "not_permitted", code: 7 }));
  });
});
