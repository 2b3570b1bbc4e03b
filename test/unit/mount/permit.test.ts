import { describe, expect, test } from "@jest/globals";
import { permit, type Policy } from "../../../src/mount/permit.ts";
import { onlyCandidate, planStore, type MountPlan, type Read } from "../../../src/model/plan.ts";
import { found, ScriptedStore } from "../../fakes/scripted-store.ts";

const pod = { name: "web-0", namespace: "shop", uid: "u", serviceAccount: "web" };
const open: Policy = { inlineStores: true, addresses: [], files: [] };
const store = new ScriptedStore(() => found("x"));

function plan({ address = "vault.example.com:8200", grantedTo }: Planned): MountPlan {
  const planned = planStore("db", store, { address }, grantedTo);
  const read: Read = {
    index: 0,
    name: "db",
    candidates: [onlyCandidate(planned, store.read("db"))],
    whenMissing: "fail",
  };
  return { reads: [read], files: [], listings: [], samePath: "refused" };
}

interface Planned {
  readonly address?: string;
  readonly grantedTo?: readonly string[];
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
      permit(allowed, { pod, tokens: new Map() }, { policy, makesTokens: false });
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
      permit(refused, { pod, tokens: new Map() }, { policy, makesTokens: false });
    }).toThrow(expect.objectContaining({ reason: "not_permitted", code: 7 }));
  });
});
