import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createCipheriv, randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHttpClient } from "../../../../src/http/client.ts";
import type { AwsKmsKeys } from "../../../../src/keys/remote/aws-kms.ts";
import type { GcpKmsKeys } from "../../../../src/keys/remote/gcp-kms.ts";
import { createKeyring } from "../../../../src/keys/keyring.ts";
import { createS5Store } from "../../../../src/stores/s5/store.ts";
import { ask, askFound, refusal, refusals } from "../../../fakes/ask-store.ts";
import { startAws } from "../../../fakes/aws-kms.ts";
import { startClouds } from "../../../fakes/clouds.ts";
import { startTransit } from "../../../fakes/transit.ts";
import type { FakeVault } from "../../../fakes/vault.ts";
import { readVector } from "../../../vectors/vectors.ts";
import { connected } from "../../../fakes/connected.ts";

interface Vector {
  readonly name: string;
  readonly provider: string;
  readonly plain: string;
  readonly token: string;
}

const { vectors } = JSON.parse(readVector("s5/tokens.json")) as { readonly vectors: readonly Vector[] };
const ofTransit = vectors.filter(({ provider }) => provider !== "aes");
const folder = mkdtempSync(join(tmpdir(), "keyferry-s5-"));
const file = join(folder, "token");
writeFileSync(file, "root");
const http = createHttpClient();
const outside = { now: () => 0, monotonic: () => 0, random: () => 0, sleep: () => Promise.resolve() };
const fields = "keyService: vault";
let vault: FakeVault;

beforeEach(async () => {
  vault = await startTransit("default", "team");
});
afterEach(() => vault.close());
afterAll(() => {
  http.close();
  rmSync(folder, { recursive: true });
});

function storeOf(keys: readonly string[] = ["default"]) {
  const remote = { kind: "vault-transit", address: vault.url, mounts: ["transit"], keys, vaultNamespace: "", login: undefined } as const; // prettier-ignore
  const source = { name: "v", file, namespaces: ["team-a"], ...remote };
  return connected(createS5Store(), { keyring: createKeyring([source], undefined, { send: http.send, outside }) });
}

function seal(plain: string, version = ""): string {
  const nonce = randomBytes(12);
  const key = Buffer.from(readVector("keys/transit-aes256.hex").trim(), "hex");
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const blob = Buffer.concat([nonce, cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `{{s5:${version}${blob.toString("base64")}}}`;
}

describe("tokens of Vault transit", () => {
  test.each(ofTransit)("$name", async ({ token, plain }) => {
    expect((await askFound(storeOf(), { text: `{{s5:${token}}}`, fields })).value.revealText()).toBe(plain);
  });

  test("300 are three requests, in order, after a rotation too", async () => {
    const lines = Array.from(
      { length: 300 },
      (_, at) => `k${at}: "${seal(`v${at}`, at % 2 === 0 ? "" : "vault:v3:")}"`,
    );
    const found = await askFound(storeOf(["team"]), { text: lines.join("\n"), fields: `${fields}\nkeyName: team` });
    expect(found.tree?.()).toMatchObject({ k0: "v0", k1: "v1", k150: "v150", k299: "v299" });
    expect(vault.calls()).toEqual(Array.from({ length: 3 }, () => "POST /v1/transit/decrypt/team"));
  });

  test("one bad token of 300 is named by its line, and nothing is shown", async () => {
    const lines = Array.from({ length: 300 }, (_, at) => `k${at}: "${at === 41 ? "{{s5:YWJj}}" : seal("s3cret")}"`);
    const said = await refusal(storeOf(), { text: lines.join("\n"), fields });
    expect(said).toMatch(/^document_rejected: the token at line 42 cannot be opened/);
    expect(said).not.toMatch(/s3cret|YWJj/);
  });

  test.each<readonly [string, string, string, string]>([
    ["another namespace", fields, "team-b", "key_not_granted"],
    ["a key that is not configured", `${fields}\nkeyName: other`, "team-a", "key_not_granted"],
    ["a key that climbs", `${fields}\nkeyName: ../sys`, "team-a", "key_not_granted"],
  ])("%s is refused before anything is sent", async (_, own, namespace, reason) => {
    const outcome = await ask(storeOf(), { text: seal("x"), fields: own, namespace });
    expect(outcome).toMatchObject({ kind: "failed", error: { reason } });
    expect(vault.asked).toEqual([]);
  });

  test.each<readonly [string, () => void, string]>([
    ["403", () => vault.faults.status(403), "access_denied"],
    ["404", () => vault.faults.status(404), "object_not_found"],
    ["503", () => vault.faults.status(503), "store_unavailable"],
    ["429", () => vault.faults.status(429), "store_throttled"],
    ["garbage", () => vault.faults.garbage(), "store_protocol"],
  ])("%s has its own reason", async (_, fault, reason) => {
    fault();
    expect(await ask(storeOf(), { text: seal("x"), fields })).toMatchObject({ error: { reason } });
  });

  test("a server that hangs ends with the signal", async () => {
    vault.faults.hang();
    const stop = new AbortController();
    setTimeout(() => stop.abort("late"), 50);
    await expect(ask(storeOf(), { text: seal("x"), fields, signal: stop.signal })).rejects.toBe("late");
  });

  test.each([
    ["keyName: team", "keys in files have no name"],
    ["keyService: aws-kms", "it is missing"],
    ["keyService: gcp-kms", "it is missing"],
  ])("%s is a mistake", (own, problem) => {
    expect(refusals(storeOf(), { text: seal("x"), fields: own }).join("\n")).toContain(problem);
  });
});

describe("tokens of KMS", () => {
  const arn = "arn:aws:kms:eu-west-1:111122223333:key/1";
  const resource = "projects/p1/locations/global/keyRings/r1/cryptoKeys/k1";

  const awsKey = (own: Pick<AwsKmsKeys, "arns" | "file" | "endpoint">): AwsKmsKeys => {
    return { name: "a", kind: "aws-kms", namespaces: ["team-a"], roles: [], login: undefined, stsEndpoint: undefined, ...own }; // prettier-ignore
  };
  const gcpKey = (own: Pick<GcpKmsKeys, "resources" | "file" | "endpoint" | "tokenEndpoint">): GcpKmsKeys => {
    return { name: "g", kind: "gcp-kms", namespaces: ["team-a"], login: undefined, ...own };
  };

  async function open(keyService: string, keyName: string, text: string, namespace = "team-a"): Promise<string> {
    const [aws, clouds] = await Promise.all([startAws(), startClouds()]);
    const credentials = join(folder, "aws");
    const google = join(folder, "google");
    const login = { type: "service_account", client_email: "a@b", private_key: readVector("keys/azure-rsa-2048.pem") };
    writeFileSync(credentials, "aws_access_key_id=A\naws_secret_access_key=B\n");
    writeFileSync(google, JSON.stringify(login));
    const keyring = createKeyring(
      [
        awsKey({ arns: [arn], file: credentials, endpoint: aws.url }),
        gcpKey({
          resources: [resource],
          file: google,
          endpoint: clouds.url,
          tokenEndpoint: `${clouds.url}/google-token`,
        }),
      ],
      undefined,
      { send: http.send, outside },
    );
    const store = connected(createS5Store(), { keyring });
    const own = `keyService: ${keyService}\nkeyName: ${keyName}`;
    try {
      const outcome = await ask(store, { text, fields: own, namespace });
      return outcome.kind === "found"
        ? outcome.value.revealText()
        : await refusal(store, { text, fields: own, namespace });
    } finally {
      await Promise.all([aws.close(), clouds.close()]);
    }
  }

  test.each([
    ["aws-kms", arn],
    ["gcp-kms", resource],
  ])("%s opens each, and refuses what another key or namespace has", async (keyService, keyName) => {
    const text = `a: "${seal("one")}"\nb: "${seal("two")}"\n`;
    expect(await open(keyService, keyName, text)).toBe(`a: "one"\nb: "two"\n`);
    expect(await open(keyService, `${keyName}9`, text)).toMatch(/^key_not_granted: /);
    expect(await open(keyService, keyName, text, "team-b")).toMatch(/^key_not_granted: /);
    expect(await open(keyService, keyName, 'a: "{{s5:YWJj}}"\n')).toMatch(/^document_rejected: the token at line 1/);
  });
});
