import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startVault, vaultData, type FakeVault } from "../fakes/vault.ts";
import { secretOf, secretProviderClass } from "./harness/objects.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";

const namespace = "mistakes";
const canary = "canary-cluster-4c1d";

let stage: Stage;
let vault: FakeVault;

const object = "{ objectName: kv/data/db, jmesPath: data.k, objectAlias: k }";
const storeAt = (address: string) => `[{ name: v, kind: vault, address: "${address}", role: shop }]`;

interface Mistake {
  readonly is: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Code that kubelet hears, as Go names it. */
  readonly code: string;
  /** What the event must say. */
  readonly says: RegExp;
  readonly provider?: string;
}

/** `STORE` stands for the address of the server. */
const mistakes: readonly Mistake[] = [
  {
    is: "no objects",
    parameters: { stores: storeAt("STORE") },
    code: "InvalidArgument",
    says: /objects/,
  },
  {
    is: "YAML that ends early",
    parameters: { stores: storeAt("STORE"), objects: "- { objectName: kv/data/db" },
    code: "InvalidArgument",
    says: /objects.*line 1/s,
  },
  {
    is: "a misspelt field",
    parameters: { stores: storeAt("STORE"), objects: "[{ objectName: kv/data/db, objectAlais: k }]" },
    code: "InvalidArgument",
    says: /object 1 .*objectAlais.*objectAlias/s,
  },
  {
    is: "a path out of the volume",
    parameters: { stores: storeAt("STORE"), objects: "[{ objectName: kv/data/db, objectAlias: ../k }]" },
    code: "InvalidArgument",
    says: /object 1 .*\.\./s,
  },
  {
    is: "two files of one path",
    parameters: { stores: storeAt("STORE"), objects: `[${object}, ${object}]` },
    code: "InvalidArgument",
    says: /object 2 "k".*path is also that of object 1/s,
  },
  {
    is: "a store that nobody defined",
    parameters: { stores: storeAt("STORE"), objects: "[{ store: w, objectName: kv/data/db }]" },
    code: "InvalidArgument",
    says: /object 1 "kv\/data\/db", field store.*known stores: .*v/s,
  },
  {
    is: "three mistakes",
    parameters: {
      stores: storeAt("STORE"),
      objects: '[{ objectName: a, filePermission: "0999" }, { objectName: b, objectAlias: /x }, { objectAlias: c }]',
    },
    code: "InvalidArgument",
    says: /object 1 .*object 2 .*object 3, /s,
  },
  {
    is: "an object that is not there",
    parameters: { stores: storeAt("STORE"), objects: "[{ objectName: kv/data/gone, objectAlias: gone }]" },
    code: "NotFound",
    says: /object 1 "gone" \(store v\).*kv\/data\/gone/s,
  },
  {
    is: "a field that the object does not have",
    parameters: { stores: storeAt("STORE"), objects: "[{ objectName: kv/data/db, jmesPath: data.absent }]" },
    code: "InvalidArgument|NotFound|FailedPrecondition",
    says: /object 1 .*data\.absent/s,
  },
  {
    is: "a server that is not there",
    parameters: { stores: storeAt("http://127.0.0.1:1"), objects: `[${object}]` },
    code: "FailedPrecondition",
    says: /object 1 "k" \(store v\).*127\.0\.0\.1:1/s,
  },
  {
    is: "a provider that nobody is",
    provider: "nobody",
    parameters: { objects: "[]" },
    code: "Unknown",
    says: /provider "nobody"/,
  },
];

beforeAll(async () => {
  vault = await startVault();
  vault.routes.set("/v1/kv/data/db", vaultData({ data: { k: canary }, metadata: { version: 1 } }));
  stage = await openStage(namespace, { version: "1.6", audiences: ["vault"] });
  stage.after(vault.close);
  await openDaemon(stage, { daemon: { mountTimeout: "5s" } });
});

afterAll(() => stage.end());

describe("the pod's FailedMount event of a manifest with", () => {
  test.each(mistakes.map((one, index) => ({ ...one, index })))(
    "$is says what to change",
    async ({ parameters, code, says, provider = "keyferry", index }) => {
      const name = `mistake-${index}`;
      const filled = Object.entries(parameters).map(([key, text]) => [key, text.replace("STORE", vault.url)] as const);
      await stage.api.apply(secretProviderClass(namespace, name, provider, Object.fromEntries(filled)));
      const pod = await stage.pod({ name, secretProviderClass: name });
      const { message } = await pod.event("FailedMount", ({ reason }) => reason === "FailedMount");
      expect(message).toMatch(new RegExp(`code = (${code}) `));
      expect(message).toMatch(says);
      expect(message).not.toContain(canary);
      expect(await pod.phase()).toBe("Pending");
      await pod.remove();
    },
  );

  test("a Secret for logging in that it does not need tells nothing of it", async () => {
    await stage.api.apply(secretOf(namespace, "login", { token: canary }));
    await stage.api.apply(secretProviderClass(namespace, "secretive", "keyferry", { objects: "- nonsense" }));
    const pod = await stage.pod({ name: "secretive", secretProviderClass: "secretive", secret: "login" });
    const { message } = await pod.event("FailedMount", ({ reason }) => reason === "FailedMount");
    expect(message).not.toContain(canary);
  });

  test("no SecretProviderClass at all is the driver's to tell", async () => {
    const pod = await stage.pod({ name: "classless", secretProviderClass: "absent" });
    const { message } = await pod.event("FailedMount", ({ reason }) => reason === "FailedMount");
    expect(message).toMatch(/secretproviderclass.*absent/is);
  });
});
