import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHttpClient } from "../../../../src/http/client.ts";
import { createKeyring } from "../../../../src/keys/keyring.ts";
import type { KeySource } from "../../../../src/model/key.ts";
import type { AwsKmsKeys } from "../../../../src/keys/remote/aws-kms.ts";
import type { TransitKeys } from "../../../../src/keys/remote/vault-transit.ts";
import type { Tokens } from "../../../../src/model/pod.ts";
import { Secret } from "../../../../src/model/secret.ts";
import { startAws, type FakeAws } from "../../../fakes/aws-kms.ts";
import { startTransit } from "../../../fakes/transit.ts";
import type { FakeVault } from "../../../fakes/vault.ts";
import { readVector } from "../../../vectors/vectors.ts";
import { ask, type Asked } from "../../stores/sops/asking.ts";
import { keySources } from "../../stores/sops/vectors.ts";

const folder = mkdtempSync(join(tmpdir(), "keyferry-remote-"));
const tokenFile = join(folder, "token");
const awsFile = join(folder, "credentials");
const http = createHttpClient();
const clock = { at: 0 };
const outside = {
  now: () => Date.parse("2026-01-02T03:04:05Z") + clock.at,
  monotonic: () => clock.at,
  random: () => 0,
  sleep: () => Promise.resolve(),
};
let vault: FakeVault;
let aws: FakeAws;

beforeEach(async () => {
  clock.at = 0;
  writeFileSync(tokenFile, "root\n");
  writeFileSync(awsFile, "[default]\naws_access_key_id = AKIA1\naws_secret_access_key = abc\n");
  [vault, aws] = await Promise.all([startTransit("sops"), startAws()]);
});

afterEach(async () => {
  await Promise.all([vault.close(), aws.close()]);
});

process.once("exit", () => {
  http.close();
  rmSync(folder, { recursive: true });
});

function transit(more: Partial<TransitKeys> = {}, source: Partial<KeySource> = {}): KeySource {
  const remote = { kind: "vault-transit", address: vault.url, mounts: ["transit"], keys: ["sops"], vaultNamespace: "", login: undefined, ...more } as const; // prettier-ignore
  return { name: "v", file: tokenFile, namespaces: ["shop"], ...remote, ...source };
}

function kms(more: Partial<AwsKmsKeys> = {}, source: Partial<KeySource> = {}): KeySource {
  const remote = { kind: "aws-kms", arns: ["arn:aws:kms:*:111122223333:*"], roles: [], login: undefined, endpoint: aws.url, stsEndpoint: aws.url, ...more } as const; // prettier-ignore
  return { name: "a", file: awsFile, namespaces: ["shop"], ...remote, ...source };
}

const ring = (...sources: readonly KeySource[]) => createKeyring(sources, undefined, { send: http.send, outside });

/** The document with the fake's address in place of the one it was made for; nothing authenticates it. */
const document = (name: string) =>
  readVector(`sops/${name}.enc.yaml`).replaceAll("https://vault.example:8200", vault.url);

async function outcome(asked: Asked): Promise<string> {
  const got = await ask(asked);
  if (got.kind === "found") return "found";
  return got.kind === "failed" ? `${got.error.reason}: ${got.error.message}` : got.problem;
}

const tokens = (audience: string): Tokens =>
  new Map([[audience, { token: Secret.fromText("pod-jwt"), expiresAt: undefined }]]);

describe("Vault transit", () => {
  const hcVault = () => document("yaml-hc-vault");

  test("opens with the operator's token, and asks once for many pods", async () => {
    const keyring = ring(transit());
    const all = await Promise.all(Array.from({ length: 50 }, () => outcome({ text: hcVault(), keyring })));
    expect(new Set(all)).toEqual(new Set(["found"]));
    expect(vault.calls()).toEqual(["POST /v1/transit/decrypt/sops"]);
    expect(vault.asked[0]?.headers["x-vault-token"]).toBe("root");
    clock.at = 61_000;
    expect(await outcome({ text: hcVault(), keyring })).toBe("found");
    expect(vault.asked).toHaveLength(2);
  });

  test("opens with the pod's identity; a token that Vault no longer takes is replaced", async () => {
    const login = { role: "shop", authMount: "kubernetes", audience: "vault" };
    const keyring = ring(transit({ login }, { file: "" }));
    expect(await outcome({ text: hcVault(), keyring, tokens: tokens("vault") })).toBe("found");
    expect(JSON.parse(vault.asked[0]?.body ?? "")).toEqual({ jwt: "pod-jwt", role: "shop" });
    clock.at = 61_000;
    vault.tokens.delete("tok");
    expect(await outcome({ text: hcVault(), keyring, tokens: tokens("vault") })).toBe("found");
    expect(vault.calls().filter((call) => call.includes("login"))).toHaveLength(2);
    expect(await outcome({ text: hcVault(), keyring: ring(transit({ login })) })).toMatch(
      /^identity_missing: the pod has/,
    );
  });

  test.each<readonly [string, () => Partial<TransitKeys>, (text: string) => string, string]>([
    ["another address in the document", () => ({}), (text) => text.replaceAll(vault.url, `${vault.url}9`), "shop"],
    [
      "an address that only begins alike",
      () => ({}),
      (text) => text.replaceAll(vault.url, `${vault.url}@evil`),
      "shop",
    ],
    ["an address with a path", () => ({}), (text) => text.replaceAll(vault.url, `${vault.url}/v1`), "shop"],
    ["another key", () => ({ keys: ["other"] }), (text) => text, "shop"],
    ["another mount", () => ({ mounts: ["other"] }), (text) => text, "shop"],
    ["a key that climbs", () => ({ keys: ["*"] }), (text) => text.replace("key_name: sops", "key_name: ../x"), "shop"],
    [
      "a mount that climbs",
      () => ({ mounts: ["*"] }),
      (text) => text.replace("engine_path: transit", "engine_path: a/../sys"),
      "shop",
    ],
    [
      "a mount with a query",
      () => ({ mounts: ["*"] }),
      (text) => text.replace("engine_path: transit", "engine_path: a?b"),
      "shop",
    ],
    ["another namespace", () => ({}), (text) => text, "bank"],
  ])("%s is refused before anything is sent", async (_, more, change, namespace) => {
    const asked = { text: change(hcVault()), keyring: ring(transit(more())), namespace };
    expect(await outcome(asked)).toMatch(/^key_not_granted: no key (?:is )?granted to namespace/);
    expect(vault.asked).toEqual([]);
  });

  test.each<readonly [string, () => void, RegExp]>([
    ["429", () => vault.faults.status(429, 3), /^store_throttled: /],
    ["503", () => vault.faults.status(503), /^store_unavailable: /],
    ["403", () => vault.faults.status(403), /^access_denied: /],
    ["404", () => vault.faults.status(404), /^object_not_found: /],
    [
      "400",
      () => vault.faults.status(400),
      /^document_rejected: its data key is damaged as wrapped for hc_vault sops$/,
    ],
    ["418", () => vault.faults.status(418), /^store_protocol: /],
    ["garbage", () => vault.faults.garbage(), /^store_protocol: /],
    ["too much", () => vault.faults.huge(), /^store_protocol: /],
    ["a cut", () => vault.faults.cut(), /^store_unavailable: /],
  ])("%s has its own reason and costs nothing where a local key opens", async (_, fault, expected) => {
    fault();
    expect(await outcome({ text: hcVault(), keyring: ring(transit()) })).toMatch(expected);
    const before = vault.asked.length;
    const both = ring(transit(), ...keySources("age-1.txt"));
    expect(await outcome({ text: document("yaml-mixed-group"), keyring: both })).toBe("found");
    expect(vault.asked).toHaveLength(before);
  });

  test("a server that hangs ends with the signal", async () => {
    vault.faults.hang();
    const stop = new AbortController();
    setTimeout(() => stop.abort("late"), 50);
    await expect(ask({ text: hcVault(), keyring: ring(transit()), signal: stop.signal })).rejects.toBe("late");
  });

  test.each([
    ["no token in the file", "", /^key_unavailable: key "v" has a file that does not hold one Vault token$/],
    ["two lines", "a b\n", /^key_unavailable: /],
  ])("%s is said", async (_, text, expected) => {
    writeFileSync(tokenFile, text);
    expect(await outcome({ text: hcVault(), keyring: ring(transit()) })).toMatch(expected);
  });

  test("Shamir with age, transit and PGP needs all three", async () => {
    const text = document("yaml-shamir-3of3");
    const local = keySources("age-1.txt", "pgp-curve-secret.asc");
    expect(await outcome({ text, keyring: ring(transit(), ...local) })).toBe("found");
    expect(await outcome({ text, keyring: ring(...local) })).toMatch(/^key_not_granted: opened 2 of 3 needed/);
  });
});

describe("AWS KMS", () => {
  const mixed = () => document("yaml-mixed-group");
  const withRole = () => document("yaml-aws-kms-role");

  test("asks the key that the document names, with its encryption context", async () => {
    expect(await outcome({ text: mixed(), keyring: ring(kms()) })).toBe("found");
    expect(aws.decrypts).toMatchObject([
      {
        KeyId: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        EncryptionContext: { Environment: "test", Team: "blue" },
      },
    ]);
    expect(aws.asked[0]?.headers).toMatchObject({
      "x-amz-target": "TrentService.Decrypt",
      authorization: expect.stringMatching(/Credential=AKIA1\/\d{8}\/eu-west-1\/kms\/aws4_request/),
    });
    expect(aws.logins).toEqual([]);
  });

  test("takes on the document's role, where the operator allows it, and keeps it", async () => {
    const keyring = ring(kms({ roles: ["arn:aws:iam::111122223333:role/sops-*"] }));
    expect(await outcome({ text: withRole(), keyring })).toBe("found");
    clock.at = 61_000;
    expect(await outcome({ text: withRole(), keyring })).toBe("found");
    expect(aws.logins.map((form) => [form.get("Action"), form.get("RoleArn")])).toEqual([
      ["AssumeRole", "arn:aws:iam::111122223333:role/sops-dec"],
    ]);
    expect(aws.asked.at(-1)?.headers["x-amz-security-token"]).toBe("t1");
  });

  test("takes on the operator's role with the pod's token", async () => {
    const login = { roleArn: "arn:aws:iam::1:role/web", audience: "sts.amazonaws.com" };
    const keyring = ring(kms({ login }, { file: "" }));
    expect(await outcome({ text: mixed(), keyring, tokens: tokens("sts.amazonaws.com") })).toBe("found");
    expect(aws.logins[0]?.get("WebIdentityToken")).toBe("pod-jwt");
    expect(aws.asked[0]?.headers.authorization).toBeUndefined();
    expect(await outcome({ text: mixed(), keyring: ring(kms({ login })) })).toMatch(/^identity_missing: /);
    const denied = ring(kms({ login: { ...login, roleArn: "arn:aws:iam::1:role/denied" } }));
    expect(await outcome({ text: mixed(), keyring: denied, tokens: tokens("sts.amazonaws.com") })).toMatch(
      /^identity_refused: STS refused the role of key "a": role denied does not trust system:serviceaccount:shop:sa .*AccessDenied/,
    );
  });

  test("gives a pod whose author brought a token along neither a credential nor a key of honest pods", async () => {
    const login = { roleArn: "arn:aws:iam::1:role/web", audience: "sts.amazonaws.com" };
    const keyring = ring(kms({ login, roles: ["*"] }, { file: "" }));
    const honest = { text: withRole(), keyring, tokens: tokens("sts.amazonaws.com") };
    expect(await outcome(honest)).toBe("found");
    expect(await outcome(honest)).toBe("found");
    expect([aws.logins.length, aws.decrypts.length]).toEqual([2, 1]);
    expect(await outcome({ ...honest, brought: "token" })).toBe("found");
    expect([aws.logins.length, aws.decrypts.length]).toEqual([4, 2]);
  });

  test("replaces a cached credential that KMS no longer takes, once", async () => {
    const login = { roleArn: "arn:aws:iam::1:role/web", audience: "sts.amazonaws.com" };
    const keyring = ring(kms({ login }, { file: "" }));
    const asked = { text: mixed(), keyring, tokens: tokens("sts.amazonaws.com") };
    expect(await outcome(asked)).toBe("found");
    clock.at = 61_000;
    aws.refusal = [400, "ExpiredTokenException"];
    expect(await outcome(asked)).toMatch(/^access_denied: .*ExpiredTokenException/);
    expect(aws.logins).toHaveLength(2);
    aws.refusal = undefined;
    expect(await outcome(asked)).toBe("found");
    expect(aws.logins).toHaveLength(2);
  });

  test.each<readonly [string, Partial<AwsKmsKeys>, (text: string) => string, string]>([
    ["a key of another account", { arns: ["arn:aws:kms:*:999999999999:*"] }, (text) => text, "shop"],
    ["no ARN", { arns: ["*"] }, (text) => text.replace(/arn: arn:\S+/, "arn: http://evil/"), "shop"],
    ["a region that is a host", { arns: ["*"] }, (text) => text.replace(":eu-west-1:", ":evil.example/:"), "shop"],
    ["a role that is not allowed", { roles: ["arn:aws:iam::1:role/other"] }, withRole, "shop"],
    ["a role where none is allowed", {}, withRole, "shop"],
    ["another namespace", {}, (text) => text, "bank"],
  ])("%s is refused before anything is sent", async (_, more, change, namespace) => {
    const asked = { text: change(mixed()), keyring: ring(kms(more)), namespace };
    expect(await outcome(asked)).toMatch(/^key_not_granted: /);
    expect(aws.asked).toEqual([]);
  });

  test.each<readonly [string, () => void, RegExp]>([
    ["429", () => aws.faults.status(429, 3), /^store_throttled: /],
    ["503", () => aws.faults.status(503), /^store_unavailable: /],
    ["garbage", () => aws.faults.garbage(), /^store_protocol: /],
    ["too much", () => aws.faults.huge(), /^store_protocol: /],
    ["a cut", () => aws.faults.cut(), /^store_unavailable: /],
    ["throttling", () => void (aws.refusal = [400, "ThrottlingException"]), /^store_throttled: /],
    ["a denial", () => void (aws.refusal = [400, "AccessDeniedException"]), /^access_denied: /],
    ["an unknown key", () => void (aws.refusal = [400, "NotFoundException"]), /^object_not_found: /],
    ["a disabled key", () => void (aws.refusal = [400, "DisabledException"]), /^object_unusable: /],
    ["a foreign ciphertext", () => void (aws.refusal = [400, "IncorrectKeyException"]), /^document_rejected: /],
  ])("%s has its own reason", async (_, fault, expected) => {
    fault();
    expect(await outcome({ text: mixed(), keyring: ring(kms()) })).toMatch(expected);
  });

  test("a server that hangs ends with the signal", async () => {
    aws.faults.hang();
    const stop = new AbortController();
    setTimeout(() => stop.abort("late"), 50);
    await expect(ask({ text: mixed(), keyring: ring(kms()), signal: stop.signal })).rejects.toBe("late");
  });

  test.each([
    ["no key", "[default]\n", "has a credentials file without aws_access_key_id"],
    ["two profiles", "[a]\naws_access_key_id = A\n[b]\naws_secret_access_key = B\n", "more than one profile"],
  ])("a credentials file with %s is said", async (_, text, problem) => {
    writeFileSync(awsFile, text);
    expect(await outcome({ text: mixed(), keyring: ring(kms()) })).toContain(`key_unavailable: key "a" ${problem.startsWith("has") ? problem : `has a credentials file of ${problem}`}`); // prettier-ignore
  });
});
