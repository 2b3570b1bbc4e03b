import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { tool } from "../../scripts/tools.mjs";
import { createHttpClient } from "../../src/http/client.ts";
import type { Send } from "../../src/http/send.ts";
import { MountError } from "../../src/model/error.ts";
import { startKube, type FakeKube } from "../fakes/kube.ts";
import { createMounting } from "../fakes/mounting.ts";
import { podToken } from "../fakes/pod-token.ts";
import { startServer, type SmallServer } from "../fakes/small-server.ts";
import { startMoto, type Moto } from "./moto-process.ts";

const server = tool("moto");
const http = createHttpClient();
let moto: Moto;
let kube: FakeKube;
/** Stands in for the EKS Pod Identity agent: gives the credentials of an STS session of moto. */
let agent: SmallServer;

async function call(
  service: string,
  target: string,
  body: object,
  region = "eu-west-1",
): Promise<Record<string, string>> {
  const headers = {
    "x-amz-target": target,
    "content-type": "application/x-amz-json-1.1",
    authorization: `AWS4-HMAC-SHA256 Credential=x/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=x`,
  };
  const answer = await fetch(moto.address, { method: "POST", headers, body: JSON.stringify(body) });
  if (answer.status !== 200) throw new Error(await answer.text());
  return (await answer.json()) as Record<string, string>;
}

const secrets = (action: string, body: object, region?: string) =>
  call("secretsmanager", `secretsmanager.${action}`, body, region);
const ssm = (action: string, body: object) => call("ssm", `AmazonSSM.${action}`, body);

beforeAll(async () => {
  moto = await startMoto(server ?? "", false);
  kube = await startKube();
  kube.accounts.set("shop/web", { "eks.amazonaws.com/role-arn": moto.roleArn });
  agent = await startServer(() => ({
    body: JSON.stringify({
      AccessKeyId: moto.user.id,
      SecretAccessKey: moto.user.secret,
      Token: "agent-session",
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    }),
  }));
  await secrets("CreateSecret", { Name: "shop/db", SecretString: '{"user":"old"}' });
  await secrets("PutSecretValue", { SecretId: "shop/db", SecretString: '{"user":"new","port":5432}' });
  await secrets("CreateSecret", { Name: "shop/bin", SecretBinary: Buffer.from([0, 255, 254]).toString("base64") });
  await secrets("CreateSecret", { Name: "shop/gone", SecretString: "x" });
  await secrets("DeleteSecret", { SecretId: "shop/gone", RecoveryWindowInDays: 7 });
  await secrets("CreateSecret", { Name: "shop/db", SecretString: '{"user":"frankfurt"}' }, "eu-central-1");
  for (let at = 0; at < 25; at += 1) {
    await ssm("PutParameter", {
      Name: `/many/p${at}`,
      Value: `v${at}`,
      Type: at % 2 === 0 ? "SecureString" : "String",
    });
  }
  await ssm("PutParameter", { Name: "conf", Value: "one", Type: "String" });
  await ssm("PutParameter", { Name: "conf", Value: "two", Type: "String", Overwrite: true });
  await ssm("LabelParameterVersion", { Name: "conf", ParameterVersion: 1, Labels: ["first"] });
}, 120_000);

afterAll(async () => {
  http.close();
  await Promise.all([moto.stop(), kube.close(), agent.close()]);
});

/** `down`: regions whose services drop every connection. */
async function mount(parameters: Readonly<Record<string, string>>, dialect = "aws", down = "") {
  const asked: string[] = [];
  const send: Send = (request, signal) => {
    const target = request.headers["x-amz-target"];
    if (target !== undefined) asked.push(target.split(".")[1] ?? "");
    if (down !== "" && (request.headers["authorization"] ?? "").includes(`/${down}/`)) {
      return Promise.reject(new MountError("store_unavailable", "made up"));
    }
    return http.send(request, signal);
  };
  const settings = {
    "aws-secrets-manager-endpoint": moto.address,
    "aws-ssm-endpoint": moto.address,
    "aws-sts-endpoint": moto.address,
    "aws-pod-identity-endpoint": agent.url,
  };
  const mounting = createMounting(kube, settings, Date.now(), send);
  const token = podToken("web-0");
  const attributes = {
    "csi.storage.k8s.io/pod.name": "web-0",
    "csi.storage.k8s.io/pod.namespace": "shop",
    "csi.storage.k8s.io/pod.uid": "uid-1",
    "csi.storage.k8s.io/serviceAccount.name": "web",
    "csi.storage.k8s.io/serviceAccount.tokens": JSON.stringify({
      "sts.amazonaws.com": { token },
      "pods.eks.amazonaws.com": { token },
    }),
    ...parameters,
  };
  const { files, versions } = await mounting.mount(attributes, { dialect });
  const texts = Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content.reveal())]));
  return { texts, versions, asked };
}

const region = "eu-west-1";
const text = (bytes: Buffer | undefined) => bytes?.toString("utf8");

describe("secrets", () => {
  test("by IRSA: text, stages, bytes, a key, in one batch for what is current", async () => {
    const objects = [
      "- { objectName: shop/db, objectType: secretsmanager, objectAlias: db, jmesPath: [ { path: to_string(port), objectAlias: port } ] }",
      "- { objectName: shop/db, objectType: secretsmanager, objectVersionLabel: AWSPREVIOUS, objectAlias: old }",
      "- { objectName: shop/bin, objectType: secretsmanager, objectAlias: bin }",
    ].join("\n");
    const { texts, versions, asked } = await mount({ region, objects });
    expect(text(texts["db"])).toBe('{"user":"new","port":5432}');
    expect([text(texts["port"]), text(texts["old"])]).toEqual(["5432", '{"user":"old"}']);
    expect(texts["bin"]).toEqual(Buffer.from([0, 255, 254]));
    expect(new Set(versions.map(({ version }) => version)).size).toBe(3);
    expect(asked).toEqual(["BatchGetSecretValue", "GetSecretValue"]);
  });

  test("by the agent of EKS Pod Identity", async () => {
    const objects = "- { objectName: shop/db, objectType: secretsmanager }";
    const { texts } = await mount({ region, usePodIdentity: "true", objects });
    expect(text(texts["shop_db"])).toContain("new");
  });

  test("by ARN, and by version id", async () => {
    const { ARN = "", VersionId = "" } = await secrets("GetSecretValue", { SecretId: "shop/db" });
    const objects = `- { objectName: "${ARN}", objectAlias: a }\n- { objectName: shop/db, objectType: secretsmanager, objectVersion: "${VersionId}", objectAlias: b }`;
    const { texts, versions } = await mount({ region, objects });
    expect([text(texts["a"]), text(texts["b"])]).toEqual(Array(2).fill('{"user":"new","port":5432}'));
    expect(versions.map(({ version }) => version)).toEqual([VersionId, VersionId]);
  });

  test.each([
    ["shop/gone", /scheduled for deletion/u],
    ["shop/never", /has no secret shop\/never/u],
  ])("%s is refused with its cause", async (name, cause) => {
    const objects = `- { objectName: ${name}, objectType: secretsmanager }`;
    await expect(mount({ region, objects })).rejects.toMatchObject({ text: expect.stringMatching(cause) });
  });

  test("from the failover region while the first is down", async () => {
    const objects = "- { objectName: shop/db, objectType: secretsmanager }";
    const { texts } = await mount({ region, failoverRegion: "eu-central-1", objects }, "aws", region);
    expect(text(texts["shop_db"])).toBe('{"user":"frankfurt"}');
  });
});

describe("parameters", () => {
  test("25 of them, secure ones too, in three calls", async () => {
    const names = Array.from({ length: 25 }, (_, at) => `- { objectName: /many/p${at}, objectType: ssmparameter }`);
    const { texts, asked } = await mount({ region, objects: names.join("\n") });
    expect(Object.values(texts).map(text).sort()).toEqual(Array.from({ length: 25 }, (_, at) => `v${at}`).sort());
    expect(asked).toEqual(Array(3).fill("GetParameters"));
  });

  // moto's GetParameters does not know ARNs; those are held by the recorded cases.
  test("by version, by label, and the newest, each its own answer", async () => {
    const objects = [
      '- { objectName: conf, objectType: ssmparameter, objectVersion: "1", objectAlias: one }',
      "- { objectName: conf, objectType: ssmparameter, objectVersionLabel: first, objectAlias: first }",
      "- { objectName: conf, objectType: ssmparameter, objectAlias: newest }",
    ].join("\n");
    const { texts, versions } = await mount({ region, objects });
    expect(Object.fromEntries(Object.entries(texts).map(([path, bytes]) => [path, text(bytes)]))).toEqual({
      one: "one",
      first: "one",
      newest: "two",
    });
    expect(versions.map(({ version }) => version)).toEqual(["1", "1", "2"]);
  });

  test("one that is not there is named", async () => {
    const objects = "- { objectName: nothing, objectType: ssmparameter }";
    await expect(mount({ region, objects })).rejects.toMatchObject({ reason: "object_not_found" });
  });
});

describe("find, in the native language", () => {
  const stores = "[ { name: a, kind: aws, region: eu-west-1, auth: podIdentity } ]";

  test.each([
    { is: "secrets by prefix", find: "{ prefix: shop/ }", count: 2, action: "ListSecrets" },
    {
      is: "parameters by path",
      find: "{ path: /many }, rewrite: [ { match: '^/many/', replace: '' } ]",
      count: 25,
      action: "GetParametersByPath",
    },
  ])("$is", async ({ find, count, action }) => {
    const { texts, asked } = await mount({ stores, objects: `- { find: ${find} }` }, "keyferry");
    expect(Object.keys(texts)).toHaveLength(count);
    expect(asked).toContain(action);
  });
});
