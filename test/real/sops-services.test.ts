import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { tool } from "../../scripts/tools.mjs";
import { realClock } from "../../src/wiring/runtime.ts";
import { createHttpClient } from "../../src/http/client.ts";
import { createKeyring } from "../../src/keys/keyring.ts";
import type { KeySource } from "../../src/model/key.ts";
import type { AwsKmsKeys } from "../../src/keys/remote/aws-kms.ts";
import type { TransitKeys } from "../../src/keys/remote/vault-transit.ts";
import { Secret } from "../../src/model/secret.ts";
import { ask, type Asked } from "../unit/stores/sops/asking.ts";
import { startMoto, type AccessKey, type Moto } from "./moto-process.ts";
import { goProgram, ownGoProgram } from "./tools.ts";
import { startRealVault, type RealVault } from "./vault-process.ts";

const sopsProgram = goProgram("github.com/getsops/sops/v3/cmd/sops", "v3.13.3");
const http = createHttpClient();
const network = { send: http.send, outside: realClock };

afterAll(() => http.close());

/** A document of the real program. */
function encrypt(flags: readonly string[], env: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "kf-sops-"));
  writeFileSync(join(folder, "plain"), "password: s3cret\n");
  const words = ["--encrypt", "--input-type", "yaml", "--output-type", "yaml", ...flags, "plain"];
  const options = { cwd: folder, env: { ...process.env, ...env }, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(sopsProgram ?? "", words, options);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

async function outcome(text: string, source: KeySource, more: Partial<Asked> = {}): Promise<string> {
  const got = await ask({ text, keyring: createKeyring([source], undefined, network), ...more });
  if (got.kind === "found") return got.value.revealText();
  return got.kind === "failed" ? `${got.error.reason}: ${got.error.message}` : got.problem;
}

function fileOf(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "kf-key-")), "credential");
  writeFileSync(file, text);
  return file;
}

const motoScript = tool("moto");
const withMoto = sopsProgram === undefined || motoScript === undefined ? describe.skip : describe;

withMoto("documents of the sops program with a key in AWS KMS, by moto", () => {
  let moto: Moto;
  let lenient: Moto;
  const document = (arn: string, flags: readonly string[] = [], by = moto) =>
    encrypt(["--kms", arn, ...flags], {
      AWS_ENDPOINT_URL: by.address,
      AWS_ACCESS_KEY_ID: by.user.id,
      AWS_SECRET_ACCESS_KEY: by.user.secret,
      AWS_REGION: "us-east-1",
    });

  beforeAll(async () => {
    [moto, lenient] = await Promise.all([startMoto(motoScript ?? "", true), startMoto(motoScript ?? "", false)]);
  });

  afterAll(() => Promise.all([moto.stop(), lenient.stop()]));

  const source = (more: Partial<AwsKmsKeys> = {}, { id, secret }: AccessKey = moto.user): KeySource => {
    const remote = {
      kind: "aws-kms",
      arns: [moto.keyArn],
      roles: [moto.roleArn],
      login: undefined,
      endpoint: moto.address,
      stsEndpoint: moto.address,
      ...more,
    } as const;
    const text = `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
    const file = remote.login === undefined ? fileOf(text) : "";
    return { name: "kms", file, namespaces: ["shop"], ...remote };
  };

  test("open with an access key, whose signature the server verifies", async () => {
    expect(await outcome(document(moto.keyArn), source())).toBe("password: s3cret\n");
  });

  test("open with their encryption context, and not without", async () => {
    const text = document(moto.keyArn, ["--encryption-context", "team:shop,stage:prod"]);
    expect(await outcome(text, source())).toBe("password: s3cret\n");
    expect(await outcome(text.replace("stage: prod", "stage: test"), source())).toMatch(/^\w+: /);
  });

  test("open as the role that they name", async () => {
    expect(await outcome(document(`${moto.keyArn}+${moto.roleArn}`), source())).toBe("password: s3cret\n");
  });

  test("open with the pod's own token", async () => {
    const { keyArn, roleArn, address } = lenient;
    const login = { roleArn, audience: "sts.amazonaws.com" };
    const claims = Buffer.from(JSON.stringify({ sub: "system:serviceaccount:shop:sa" })).toString("base64url");
    const token = Secret.fromText(`e30.${claims}.e30`);
    const tokens = new Map([["sts.amazonaws.com", { token, expiresAt: undefined }]]);
    const own = source({ arns: [keyArn], login, endpoint: address, stsEndpoint: address });
    expect(await outcome(document(keyArn, [], lenient), own, { tokens })).toBe("password: s3cret\n");
    expect(await outcome(document(keyArn, [], lenient), own)).toMatch(/^identity_missing: /);
  });

  test("do not open with another secret key", async () => {
    const { id, secret } = moto.user;
    const wrong = { id, secret: secret.replace(/.$/, (last) => (last === "a" ? "b" : "a")) };
    expect(await outcome(document(moto.keyArn), source({}, wrong))).toMatch(/SignatureDoesNotMatch|InvalidSignature/);
  });

  test("do not open where the key is not granted", async () => {
    const other = source({ arns: [moto.keyArn.replace("us-east-1", "eu-west-1")] });
    expect(await outcome(document(moto.keyArn), other)).toMatch(/^key_not_granted: /);
    expect(await outcome(document(moto.keyArn), source(), { namespace: "other" })).toMatch(/^key_not_granted: /);
  });
});

const vaultProgram = ownGoProgram("vault-server");
const withVault = sopsProgram === undefined || vaultProgram === undefined ? describe.skip : describe;

withVault("documents of the sops program with a key in a real Vault's transit engine", () => {
  let vault: RealVault;
  let token: string;
  const document = () =>
    encrypt(["--hc-vault-transit", `${vault.address}/v1/transit/keys/shop`], { VAULT_TOKEN: token });

  beforeAll(async () => {
    vault = await startRealVault(vaultProgram ?? "");
    await vault.root("POST", "sys/mounts/transit", { type: "transit" });
    await vault.root("POST", "transit/keys/shop", {});
    const policy =
      'path "transit/decrypt/shop" { capabilities = ["update"] }\npath "transit/encrypt/shop" { capabilities = ["update"] }';
    await vault.root("PUT", "sys/policies/acl/shop", { policy });
    const made = await vault.root("POST", "auth/token/create", { policies: ["shop"] });
    token = (made["auth"] as { client_token: string }).client_token;
  });

  afterAll(() => vault.stop());

  const source = (given = token, more: Partial<TransitKeys> = {}): KeySource => {
    const remote = {
      kind: "vault-transit",
      address: vault.address,
      mounts: ["transit"],
      keys: ["shop"],
      vaultNamespace: "",
      login: undefined,
      ...more,
    } as const;
    return { name: "transit", file: fileOf(given), namespaces: ["shop"], ...remote };
  };

  test("open with a token", async () => {
    expect(await outcome(document(), source())).toBe("password: s3cret\n");
  });

  test("open after the key was rotated, and not when its old versions are withdrawn", async () => {
    const text = document();
    await vault.root("POST", "transit/keys/shop/rotate", {});
    expect(await outcome(text, source())).toBe("password: s3cret\n");
    await vault.root("POST", "transit/keys/shop/config", { min_decryption_version: 2 });
    expect(await outcome(text, source())).not.toContain("s3cret");
    await vault.root("POST", "transit/keys/shop/config", { min_decryption_version: 1 });
  });

  test("do not open with a token that may not decrypt, or is none", async () => {
    const made = await vault.root("POST", "auth/token/create", { policies: ["default"] });
    const { client_token: other } = made["auth"] as { client_token: string };
    expect(await outcome(document(), source(other))).toMatch(/^access_denied: |^identity_rejected: |^key_/);
    expect(await outcome(document(), source("no-token"))).toMatch(/^\w+: /);
  });

  test("do not open where the transit key is not granted", async () => {
    expect(await outcome(document(), source(token, { keys: ["other"] }))).toMatch(/^key_not_granted: /);
  });
});
