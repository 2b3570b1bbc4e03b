import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import type { MountResponse } from "../../../../src/model/request.ts";
import { startKube, type FakeKube } from "../../../fakes/kube.ts";
import { attributesOf, createMounting, textsOf } from "../../../fakes/mounting.ts";
import { settingsFor } from "../../../fakes/settings.ts";
import { startVault, vaultData, vaultJson, type FakeVault } from "../../../fakes/vault.ts";
import type { Reply } from "../../../fakes/small-server.ts";
import { programSettings } from "../../../../src/wiring/settings/all.ts";
import { readSettings } from "../../../../src/wiring/settings/read.ts";
import { builtIn } from "../../../../src/wiring/plugins.ts";
import { openbaoVariant } from "../../../../src/stores/vault/variants.ts";
import { vaultSettings } from "../../../../src/stores/vault/settings.ts";

interface Scripted {
  readonly code?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Call {
  readonly m: string;
  readonly u: string;
  readonly body?: string;
  readonly ns?: string;
}

interface Case {
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly permission: string;
  readonly target_path: string;
  readonly vault: Readonly<Record<string, Scripted | readonly Scripted[]>>;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly expect: {
    readonly files?: readonly { readonly path: string; readonly mode: number; readonly b64: string }[];
    readonly object_version?: readonly { readonly id: string; readonly version: string }[];
  };
  readonly calls: readonly (string | Call)[];
}

const casesOf = (provider: string) =>
  (
    JSON.parse(readFileSync(new URL(`../../../vectors/${provider}/cases.json`, import.meta.url), "utf8")) as {
      readonly cases: readonly Case[];
    }
  ).cases;
const cases = casesOf("openbao");

/** A value that does not parse ends the daemon at its start, where the official provider fails each Mount. */
const endsTheStart = "env-VAULT_SKIP_VERIFY-bad-names-BAO";

let vault: FakeVault;
let kube: FakeKube;

beforeEach(async () => {
  [vault, kube] = await Promise.all([startVault(), startKube()]);
  for (const name of ["openbao", "vault"]) {
    kube.secrets.set(`csi/${name}-csi-provider-hmac-key`, { key: Buffer.from("a".repeat(32)).toString("base64") });
  }
});

afterEach(() => Promise.all([vault.close(), kube.close()]));

const replyOf = ({ code, headers, body }: Scripted): Reply => ({
  ...(code === undefined ? {} : { status: code }),
  ...(headers === undefined ? {} : { headers }),
  body: typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body),
});
const isList = (reply: Scripted | readonly Scripted[]): reply is readonly Scripted[] => Array.isArray(reply);
const here = (text: string) => text.replaceAll("http://VAULT", vault.url);
const mapped = (record: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(record).map(([name, text]) => [name, here(text)]));

async function run(one: Case): Promise<MountResponse> {
  for (const [path, reply] of Object.entries(one.vault)) {
    vault.routes.set(path, isList(reply) ? reply.map(replyOf) : replyOf(reply));
  }
  const { flags = ["-openbao-addr=http://VAULT"], env = {} } = one;
  const settings = Object.fromEntries(
    flags.map((flag) => [flag.slice(1, flag.indexOf("=")), here(flag.slice(flag.indexOf("=") + 1))]),
  );
  const { clock, mount } = createMounting(kube, settings, undefined, undefined, mapped(env));
  const mounted = mount(mapped(one.attributes), {
    dialect: "openbao",
    permission: one.permission,
    targetPath: one.target_path,
  });
  const state = { isOver: false };
  const end = () => (state.isOver = true);
  mounted.then(end, end);
  while (!state.isOver) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await clock.advance(200);
  }
  return mounted;
}

/** A token that the daemon made for an address of the manifest's has the store's audience; the official one has the cluster's. */
function asOurs(body: string | undefined, one: Case): string | undefined {
  const first = ["bao", "openbao", "vault"].map((prefix) => one.attributes[`${prefix}Address`]);
  const isManifests = (first.find((address) => address !== undefined) ?? "") !== "";
  return isManifests ? body?.replace('"tr-jwt-"', '"tr-jwt-openbao"') : body;
}

const good = cases.filter(({ expect: { files } }) => files !== undefined);
const bad = cases.filter(({ id, expect: { files } }) => files === undefined && id !== endsTheStart);

describe("gives what the official provider gives", () => {
  test.each(good.map((one) => [one.id, one] as const))("%s", async (_, one) => {
    const { files, versions } = await run(one);
    expect(
      files.map(({ path, mode, content }) => ({ path, mode, b64: Buffer.from(content.reveal()).toString("base64") })),
    ).toEqual(one.expect.files?.map(({ path, mode, b64 }) => ({ path, mode, b64 })));
    expect(versions).toEqual(one.expect.object_version);
    const asked = vault.asked.map(({ method, url, body, headers }) =>
      [method, url, body, String(headers["x-vault-namespace"] ?? "")].join(" "),
    );
    const expected = one.calls
      .filter((call): call is Call => typeof call !== "string")
      .map(({ m, u, body, ns = "" }) => [m, u, asOurs(body, one) ?? "", ns].join(" "));
    expect(asked.sort()).toEqual(expected.sort());
    const kubeCalls = one.calls.filter((call): call is string => typeof call === "string");
    expect(kube.asked.map(({ method, url }) => `KUBE ${method} ${url}`).sort()).toEqual(kubeCalls.sort());
  });
});

describe("fails where the official provider fails", () => {
  test.each(bad.map((one) => [one.id, one] as const))("%s", async (_, one) => {
    const error: unknown = await run(one).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MountError);
    expect(MountError.from(error).reason).not.toBe("internal");
  });
});

test("a variable that does not parse ends the start, by the name that it was read by", () => {
  const one = cases.find(({ id }) => id === endsTheStart);
  const reading = readSettings(programSettings(builtIn).all, {
    flags: new Map(),
    env: one?.env ?? {},
    file: undefined,
  });
  expect(reading.problems.map(({ from }) => from)).toContain("VAULT_SKIP_VERIFY");
});

describe("the cases of the Vault provider give the same here", () => {
  const different = new Set([
    "whole-kv2",
    "whole-ignores-encoding",
    "both-mounts-even-empty",
    "token-default-audience",
  ]);
  const ours = new Set(["dynamic-not-shared-prefix", "objects-wrong-case-keys"]);
  const same = casesOf("vault").filter(
    ({ id, expect: { files } }) => files !== undefined && !different.has(id) && !ours.has(id),
  );

  test.each(same.map((one) => [one.id, one] as const))("%s", async (_, one) => {
    const { files, versions } = await run({ ...one, flags: ["-openbao-addr=http://VAULT"] });
    expect(
      files.map(({ path, mode, content }) => ({ path, mode, b64: Buffer.from(content.reveal()).toString("base64") })),
    ).toEqual(one.expect.files?.map(({ path, mode, b64 }) => ({ path, mode, b64 })));
    expect(versions).toEqual(one.expect.object_version);
  });
});

describe("parameters", () => {
  const objects = "- { objectName: f, secretPath: kv/x, secretKey: k }";
  const mountWith = async (parameters: Readonly<Record<string, string>>) => {
    vault.routes.set("/v1/kv/x", vaultData({ k: "v" }));
    const tokens = { openbao: { token: "a.b.c" } };
    const mounting = createMounting(undefined, { "openbao-addr": vault.url });
    const answer = await mounting.mount(
      {
        ...attributesOf({ objects, ...parameters }),
        "csi.storage.k8s.io/serviceAccount.tokens": JSON.stringify(tokens),
      },
      { dialect: "openbao" },
    );
    expect(textsOf(answer)).toEqual({ f: "v" });
    const [login] = vault.asked.splice(0);
    const { role } = JSON.parse(login?.body ?? "{}") as { readonly role: string };
    return [login?.url, role, login?.headers["x-vault-namespace"]];
  };

  test.each([
    [{ roleName: "r", vaultRoleName: "rv", openbaoRoleName: "ro", baoRoleName: "rb" }, ["kubernetes", "rb", undefined]],
    [{ roleName: "r", baoRoleName: "kv", openbaoNamespace: "n", vaultAuthMountPath: "m" }, ["m", "kv", "n"]],
    [{ roleName: "r", vaultAuthMountPath: "v", baoAuthMountPath: "b" }, ["b", "r", undefined]],
    [{ roleName: "r", baoAuthMountPath: "", vaultAuthMountPath: "jwt" }, ["kubernetes", "r", undefined]],
  ])("%j", async (parameters, [mount, role, namespace]) => {
    expect(await mountWith(parameters)).toEqual([`/v1/auth/${mount ?? ""}/login`, role, namespace]);
  });
});

describe("settings", () => {
  const read = (flags: Readonly<Record<string, string>>, env: Readonly<Record<string, string>>) =>
    vaultSettings(settingsFor(flags, env), openbaoVariant);

  test("a BAO variable hides the VAULT one, also when it is empty; flags beat both", () => {
    const env = {
      BAO_ADDR: "",
      VAULT_ADDR: "https://v.test",
      VAULT_NAMESPACE: "v",
      BAO_CACERT: "/b.pem",
      VAULT_CACERT: "/v.pem",
    };
    expect(read({}, env)).toMatchObject({ address: "", namespace: "v", caFile: "/b.pem" });
    expect(read({ "openbao-addr": "https://o.test" }, env).address).toBe("https://o.test");
    expect(read({ "vault-addr": "https://v.test" }, {}).address).toBe("");
  });

  test("each provider has a Secret of its own for the key, unless the operator names one", async () => {
    vault.routes.set("/v1/kv/x", vaultData({ k: "v" }));
    const attributes = attributesOf({ roleName: "r", objects: "- { objectName: f, secretPath: kv/x, secretKey: k }" });
    const asked = async (flags: Readonly<Record<string, string>>) => {
      const mounting = createMounting(kube, { "vault-addr": vault.url, "openbao-addr": vault.url, ...flags });
      for (const dialect of ["vault", "openbao"]) await mounting.mount(attributes, { dialect });
      return kube.asked.splice(0).flatMap(({ url }) => /secrets\/(.+)$/u.exec(url)?.[1] ?? []);
    };
    expect(await asked({})).toEqual(["vault-csi-provider-hmac-key", "openbao-csi-provider-hmac-key"]);
    expect(await asked({ "hmac-secret-name": "openbao-csi-provider-hmac-key" })).toEqual([
      "openbao-csi-provider-hmac-key",
    ]);
  });

  test("without a cluster, versions are made with a key of the process", async () => {
    vault.routes.set("/v1/kv/x", [vaultData({ k: "v" }), vaultData({ k: "w" })]);
    const mounting = createMounting(undefined, { "vault-addr": vault.url });
    const attributes = attributesOf({ roleName: "r", objects: "- { objectName: f, secretPath: kv/x, secretKey: k }" });
    const first = await mounting.mount(attributes);
    await mounting.clock.advance(180_000);
    const second = await mounting.mount(attributes);
    const [before, after] = [first, second].map(({ versions }) => versions[0]?.version);
    expect(before).toMatch(/^[\w-]{43}=$/);
    expect(after).not.toBe(before);
  });

  test("variables of the official client work for every request", async () => {
    vault.routes.set("/v1/kv/x", vaultData({ k: "v" }));
    const env = { VAULT_HEADERS: '{"X-Team":"shop","X-All":["a","b"]}', VAULT_CLIENT_TIMEOUT: "1" };
    const mountAt = (parameters: Readonly<Record<string, string>>) =>
      createMounting(undefined, { "vault-addr": vault.url }, undefined, undefined, env).mount(
        attributesOf({ roleName: "r", objects: "- { objectName: f, secretPath: kv/x, secretKey: k }", ...parameters }),
      );
    await mountAt({});
    expect(vault.asked.map(({ headers }) => [headers["x-team"], headers["x-all"]])).toEqual([
      ["shop", "a, b"],
      ["shop", "a, b"],
    ]);
    const other = await startVault();
    other.routes.set("/v1/kv/x", vaultData({ k: "v" }));
    await mountAt({ vaultAddress: other.url });
    expect(other.asked.map(({ headers }) => headers["x-team"])).toEqual([undefined, undefined]);
    await other.close();
  });

  test("VAULT_PROXY_ADDR is asked for everything, whatever NO_PROXY says", async () => {
    const proxy = await startVault();
    proxy.routes.set("http://vault.example.test:8200/v1/kv/x", vaultJson({ data: { k: "v" } }));
    const mounting = createMounting(
      undefined,
      { "vault-addr": "http://vault.example.test:8200" },
      undefined,
      undefined,
      {
        VAULT_PROXY_ADDR: proxy.url,
      },
    );
    const attributes = attributesOf({ roleName: "r", objects: "- { objectName: f, secretPath: kv/x, secretKey: k }" });
    await mounting.mount(attributes).catch(() => undefined);
    expect(proxy.asked[0]?.url).toBe("http://vault.example.test:8200/v1/auth/kubernetes/login");
    await proxy.close();
  });

  test.each([
    ["VAULT_HEADERS", '{"X-Vault-Token":"t"}'],
    ["VAULT_HEADERS", "[]"],
    ["VAULT_HEADERS", '{"X-A":1}'],
    ["VAULT_CLIENT_TIMEOUT", "soon"],
    ["VAULT_PROXY_ADDR", "socks5://p:1"],
  ])("%s=%s ends the start", (name, text) => {
    const reading = readSettings(programSettings(builtIn).all, {
      flags: new Map(),
      env: { [name]: text },
      file: undefined,
    });
    expect(reading.problems.map(({ from }) => from)).toContain(name);
  });
});
