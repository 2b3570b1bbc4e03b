import { describe, expect, test } from "@jest/globals";
import { group } from "../../../src/mount/group.ts";
import { defaultFileMode, type ObjectPath } from "../../../src/model/file.ts";
import type { PlannedObject } from "../../../src/model/plan.ts";
import { Secret } from "../../../src/model/secret.ts";
import { found, ScriptedStore } from "../../fakes/scripted-store.ts";

const pod = { name: "web-0", namespace: "shop", uid: "u", serviceAccount: "web" };
const store = new ScriptedStore(() => found("x"));

function planned(index: number, ref: string, address = "a"): PlannedObject {
  return {
    index,
    name: `f${index}`,
    store: { name: address, store, params: { address } },
    ref,
    output: { kind: "standard", path: `f${index}` as ObjectPath, mode: defaultFileMode, encoding: "utf-8" },
  };
}

function admitted(secrets: Readonly<Record<string, string>> = {}) {
  return {
    pod,
    volume: { podUid: "u", targetPath: "/t" },
    secretProviderClass: "web",
    parameters: new Map(),
    tokens: new Map(),
    secrets: new Map(Object.entries(secrets).map(([name, text]) => [name, Secret.fromText(text)])),
    defaultMode: defaultFileMode,
  };
}

describe("group", () => {
  test("makes one batch a session, and asks for each object of the store once", () => {
    const objects = [planned(0, "user"), planned(1, "other", "b"), planned(2, "user"), planned(3, "more")];
    const batches = group(objects, admitted());
    const shown = batches.map(({ store: { name }, wanted }) => [
      name,
      wanted.map((one) => [one.refKey, one.objects.map(({ index }) => index)]),
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
      (secrets: Readonly<Record<string, string>>) => group([planned(0, "x")], admitted(secrets))[0]?.session.key,
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(group([planned(0, "x")], admitted({ id: "1" }))[0]?.session.key).toBe(keys[1]);
  });
});
