import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startVault, vaultData, type FakeVault } from "../fakes/vault.ts";
import { eventually, eventuallyTrue } from "./harness/eventually.ts";
import { secretProviderClass } from "./harness/objects.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";
import type { DriverVersion } from "./harness/state.ts";

const versions: readonly DriverVersion[] = ["1.6", "1.5", "1.4"];

/** 1.6 is called by kubelet's republish; those before it have a loop of their own. */
describe.each(versions)("rotation by driver %s", (version) => {
  const namespace = `rotation-${version.replace(".", "-")}`;
  let stage: Stage;
  let vault: FakeVault;

  const store = (path: string, value: string, version: number) =>
    vault.routes.set(`/v1/kv/data/${path}`, vaultData({ data: { password: value }, metadata: { version } }));

  /** Each test has a secret of its own: answers are shared between pods. */
  const define = (path: string, alias = "password") =>
    stage.api.apply(
      secretProviderClass(namespace, path, "keyferry", {
        stores: `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`,
        objects: `[{ objectName: kv/data/${path}, jmesPath: data.password, objectAlias: ${alias} }]`,
      }),
    );

  beforeAll(async () => {
    vault = await startVault();
    stage = await openStage(namespace, { version, rotation: "2s", audiences: ["vault"] });
    stage.after(vault.close);
    await openDaemon(stage, { config: { refresh: { interval: "1s" } } });
  });

  afterAll(() => stage.end());

  test("brings a changed value and its version", async () => {
    store("changing", "one", 1);
    await define("changing");
    const pod = await stage.pod({ name: "changing", secretProviderClass: "changing" });
    await pod.runs();
    expect(pod.text("password")).toBe("one");
    const before = Object.values(await eventuallyVersions(pod.versions));
    store("changing", "two", 2);
    await eventuallyTrue("the new value is in the volume", () => pod.text("password") === "two");
    await eventuallyTrue("and its version in the status", async () => {
      const after = Object.values(await pod.versions());
      return after.length === 1 && after[0] !== before[0];
    });
  });

  test("leaves the files as they are while the store fails, and the owner hears of it", async () => {
    store("failing", "one", 1);
    await define("failing");
    const pod = await stage.pod({ name: "failing", secretProviderClass: "failing" });
    await pod.runs();
    vault.routes.set("/v1/kv/data/failing", { status: 403, body: '{"errors":["permission denied"]}' });
    const event = await pod.event("a failed refresh is reported", ({ message }) => message.includes("kv/data/failing"));
    expect(event.type).toBe("Warning");
    expect(pod.text("password")).toBe("one");
    expect(await pod.phase()).toBe("Running");
    store("failing", "three", 3);
    await eventuallyTrue("it comes back", () => pod.text("password") === "three");
  });

  test("takes an edited SecretProviderClass", async () => {
    store("edited", "one", 1);
    await define("edited");
    const pod = await stage.pod({ name: "edited", secretProviderClass: "edited" });
    await pod.runs();
    await define("edited", "renamed");
    await eventuallyTrue("the file has its new name", () => pod.text("renamed") === "one");
    expect(Object.keys(pod.files())).toEqual(["renamed"]);
  });
});

function eventuallyVersions(
  read: () => Promise<Readonly<Record<string, string>>>,
): Promise<Readonly<Record<string, string>>> {
  return eventually("the status has versions", async () => {
    const versions = await read();
    return Object.keys(versions).length > 0 ? versions : undefined;
  });
}
