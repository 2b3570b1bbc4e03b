import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startVault, vaultData, type FakeVault } from "../fakes/vault.ts";
import type { DaemonPod } from "./harness/daemon.ts";
import { eventually, eventuallyTrue } from "./harness/eventually.ts";
import { secretProviderClass } from "./harness/objects.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";
import type { DriverVersion } from "./harness/state.ts";

const versions: readonly DriverVersion[] = ["1.6", "1.5", "1.4"];

/** 1.6 is called by kubelet's republish; those before it have a loop of their own. */
describe.each(versions)("rotation by driver %s", (version) => {
  const namespace = `rotation-${version.replace(".", "-")}`;
  let stage: Stage;
  let daemon: DaemonPod;
  let vault: FakeVault;

  const store = (value: string, number: number) =>
    vault.routes.set("/v1/kv/data/db", vaultData({ data: { password: value }, metadata: { version: number } }));

  beforeAll(async () => {
    vault = await startVault();
    stage = await openStage(namespace, { version, rotation: "2s", audiences: ["vault"] });
    ({ daemon } = await openDaemon(stage, { config: { refresh: { interval: "1s" } } }));
    await stage.api.apply(
      secretProviderClass(namespace, "db", "keyferry", {
        stores: `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`,
        objects: "[{ objectName: kv/data/db, jmesPath: data.password, objectAlias: password }]",
      }),
    );
  });

  afterAll(async () => {
    await stage.end();
    await daemon.remove();
    await vault.close();
  });

  test("brings a changed value and its version", async () => {
    store("one", 1);
    const pod = await stage.pod({ name: "changing", secretProviderClass: "db" });
    await pod.runs();
    expect(pod.text("password")).toBe("one");
    const before = Object.values(await eventuallyVersions(pod.versions));
    store("two", 2);
    await eventuallyTrue("the new value is in the volume", () => pod.text("password") === "two");
    await eventuallyTrue("and its version in the status", async () => {
      const after = Object.values(await pod.versions());
      return after.length === 1 && after[0] !== before[0];
    });
  });

  test("leaves the files as they are while the store fails, and the owner hears of it", async () => {
    store("one", 1);
    const pod = await stage.pod({ name: "failing", secretProviderClass: "db" });
    await pod.runs();
    vault.routes.set("/v1/kv/data/db", { status: 403, body: '{"errors":["permission denied"]}' });
    const event = await pod.event("a failed refresh is reported", ({ message }) => message.includes("kv/data/db"));
    expect(event.type).toBe("Warning");
    expect(pod.text("password")).toBe("one");
    expect(await pod.phase()).toBe("Running");
    store("three", 3);
    await eventuallyTrue("it comes back", () => pod.text("password") === "three");
  });

  test("takes an edited SecretProviderClass", async () => {
    store("one", 1);
    const pod = await stage.pod({ name: "edited", secretProviderClass: "db" });
    await pod.runs();
    await stage.api.apply(
      secretProviderClass(namespace, "db", "keyferry", {
        stores: `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`,
        objects: "[{ objectName: kv/data/db, jmesPath: data.password, objectAlias: renamed }]",
      }),
    );
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
