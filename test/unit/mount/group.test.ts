import { describe, expect, test } from "@jest/globals";
import { group, type Wanted } from "../../../src/mount/group.ts";
import { defaultFileMode } from "../../../src/model/file.ts";
import { onlyCandidate, planStore } from "../../../src/model/plan.ts";
import { Secret } from "../../../src/model/secret.ts";
import { podToken } from "../../fakes/pod-token.ts";
import { found, ScriptedStore } from "../../fakes/scripted-store.ts";

const pod = { name: "web-0", namespace: "shop", uid: "u", serviceAccount: "web" };
const store = new ScriptedStore(() => found("x"));

function wanted(index: number, name: string, address = "a"): Wanted {
  const candidate = onlyCandidate(planStore(address, store, { address }), store.read(name));
  return { read: { index, name: `f${index}`, candidates: [candidate], whenMissing: "fail" }, candidate };
}

function admitted(secrets: Readonly<Record<string, string>> = {}) {
  return {
    pod,
    volume: { podUid: "u", targetPath: "/t" },
    secretProviderClass: "web",
    parameters: new Map(),
    tokens: new Map(),
    tokensWithheld: false,
    secrets: new Map(Object.entries(secrets).map(([name, text]) => [name, Secret.fromText(text)])),
    defaultMode: defaultFileMode,
  };
}

describe("group", () => {
  test("makes one batch a session, and asks for each object of the store once", () => {
    const all = [wanted(0, "user"), wanted(1, "other", "b"), wanted(2, "user"), wanted(3, "more")];
    const batches = group(all, admitted(), 0);
    const shown = batches.map((batch) => [
      batch.store.name,
      batch.wanted.map(({ read, wantedBy }) => [read.key, wantedBy.map((one) => one.read.index)]),
    ]);
    expect(shown).toEqual([
      [
        "a",
        [
          ["user", [0, 2]],
          ["more", [3]],
        ],
      ],
      ["b", [["other", [1]]]],
    ]);
  });

  test("never shares a session between volumes with another nodePublishSecretRef", () => {
    const keys = [{}, { id: "1" }, { id: "2" }, { id: "1", more: "" }, { ic: "1" }].map(
      (secrets: Readonly<Record<string, string>>) => group([wanted(0, "x")], admitted(secrets), 0)[0]?.session.key,
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(group([wanted(0, "x")], admitted({ id: "1" }), 0)[0]?.session.key).toBe(keys[1]);
  });
});

describe("a token that a pod's author brought along", () => {
  const keyWith = (token: string, uid = "u") => {
    const tokens = new Map([["vault", { token: Secret.fromText(token), expiresAt: undefined }]]);
    return group([wanted(0, "x")], { ...admitted(), pod: { ...pod, uid }, tokens }, 0)[0]?.session.key;
  };

  test("shares with who shows the very same token, and with nobody else", () => {
    const foreign = podToken("web-0", "pay", "admin");
    expect(keyWith(foreign)).not.toBe(keyWith(podToken("web-0")));
    expect(keyWith(foreign)).not.toBe(keyWith(podToken("web-1", "pay", "admin"), "another pod"));
    expect(keyWith(foreign)).toBe(keyWith(foreign, "another pod"));
  });

  test("is none that kubelet made: those share, whichever pod they were made for", () => {
    expect(keyWith(podToken("web-0"))).toBe(keyWith(podToken("web-1"), "another pod"));
  });
});
