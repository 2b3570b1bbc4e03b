import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startVault, vaultData, type FakeVault } from "../fakes/vault.ts";
import { certificatePem } from "./harness/certificate.ts";
import { at } from "./harness/api.ts";
import { eventually, eventuallyTrue } from "./harness/eventually.ts";
import { secretProviderClass } from "./harness/objects.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";

const namespace = "synced";

let stage: Stage;
let vault: FakeVault;

const values = {
  user: "ada",
  password: "pw-1",
  docker: JSON.stringify({ auths: { "registry.test": { auth: "YTpi" } } }),
  ssh: "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n",
  pem: certificatePem(),
};

function store(more: Partial<typeof values>, version: number): void {
  vault.routes.set("/v1/kv/data/all", vaultData({ data: { ...values, ...more }, metadata: { version } }));
}

beforeAll(async () => {
  vault = await startVault();
  store({}, 1);
  stage = await openStage(namespace, { version: "1.6", rotation: "2s", audiences: ["vault"] });
  stage.after(vault.close);
  await openDaemon(stage, { config: { refresh: { interval: "1s" } } });
});

afterAll(() => stage.end());

const types = [
  { type: "Opaque", data: { user: "user", "pass.word": "nested/password" } },
  { type: "kubernetes.io/basic-auth", data: { username: "user", password: "nested/password" } },
  { type: "kubernetes.io/ssh-auth", data: { "ssh-privatekey": "ssh" } },
  { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": "docker" } },
] as const;

function objects(): string {
  const files = { user: "user", password: "nested/password", docker: "docker", ssh: "ssh", pem: "pem" };
  return JSON.stringify(
    Object.entries(files).map(([key, objectAlias]) => ({ objectName: "kv/data/all", key, objectAlias })),
  );
}

function classWith(name: string, secretObject: Readonly<Record<string, unknown>>) {
  const stores = `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`;
  return secretProviderClass(namespace, name, "keyferry", { stores, objects: objects() }, [
    { secretName: name, ...secretObject },
  ]);
}

/** Data of the Secret of that name, once it is there. */
async function dataOf(
  name: string,
): Promise<{ readonly type: string; readonly data: Readonly<Record<string, string>> }> {
  const secret = await eventually(`Secret ${name} is there`, () =>
    stage.api.get(`/api/v1/namespaces/${namespace}/secrets/${name}`),
  );
  const data = Object.entries(at(secret, "data") as Readonly<Record<string, string>>);
  const decoded = data.map(([key, text]) => [key, Buffer.from(text, "base64").toString()] as const);
  return { type: String(secret["type"]), data: Object.fromEntries(decoded) };
}

describe("a synced Secret", () => {
  const files: Readonly<Record<string, keyof typeof values>> = {
    user: "user",
    "nested/password": "password",
    ssh: "ssh",
    docker: "docker",
  };

  test.each(types)("of type $type has the contents of the files", async ({ type, data }) => {
    const name = `of-${type.replace(/.*\//, "").toLowerCase()}`;
    const entries = Object.entries(data).map(([key, objectName]) => ({ key, objectName }));
    await stage.api.apply(classWith(name, { type, data: entries }));
    await (await stage.pod({ name, secretProviderClass: name })).runs();
    const wanted = Object.entries(data).map(([key, path]) => [key, values[files[path] ?? "user"]]);
    expect(await dataOf(name)).toEqual({ type, data: Object.fromEntries(wanted) as unknown });
  });

  test("of type kubernetes.io/tls has certificate and key out of one file", async () => {
    const data = ["tls.crt", "tls.key"].map((key) => ({ key, objectName: "pem" }));
    await stage.api.apply(classWith("of-tls", { type: "kubernetes.io/tls", data }));
    await (await stage.pod({ name: "of-tls", secretProviderClass: "of-tls" })).runs();
    const { data: found } = await dataOf("of-tls");
    expect(found["tls.crt"]).toContain("BEGIN CERTIFICATE");
    expect(values.pem).toContain((found["tls.crt"] ?? "missing").trim());
    expect(found["tls.key"]).toMatch(/BEGIN (RSA )?PRIVATE KEY/);
  });

  test("follows a rotation", async () => {
    await stage.api.apply(
      classWith("rotating", { type: "Opaque", data: [{ key: "k", objectName: "nested/password" }] }),
    );
    await (await stage.pod({ name: "rotating", secretProviderClass: "rotating" })).runs();
    expect((await dataOf("rotating")).data["k"]).toBe("pw-1");
    store({ password: "pw-2" }, 2);
    await eventuallyTrue("the Secret has the new value", async () => (await dataOf("rotating")).data["k"] === "pw-2");
  });

  test("of a file that is not there is told to the pod", async () => {
    await stage.api.apply(classWith("absent", { type: "Opaque", data: [{ key: "k", objectName: "nested_password" }] }));
    const pod = await stage.pod({ name: "absent", secretProviderClass: "absent" });
    const event = await pod.event("the driver says so", ({ reason }) => reason === "FailedToCreateSecret");
    expect(event.message).toContain("nested_password");
  });
});
