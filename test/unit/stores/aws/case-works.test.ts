import { describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import { actionsOf, currentVersion, filesOf, mountCase, refusalOf, refuses, startCase } from "./case.ts";

const region = "eu-west-1";
const three =
  "- { objectName: t/a, objectType: secretsmanager }\n- { objectName: t/b, objectType: secretsmanager }\n- { objectName: t/c, objectType: secretsmanager }\n";

describe("batches", () => {
  test("one call reads all secrets where the role may", async () => {
    const secrets = { "t/a": "1", "t/b": "2", "t/c": "3" };
    const { files, actions, versions } = await filesOf({
      parameters: { region, objects: three },
      secrets,
      batches: true,
    });
    expect(files).toEqual({ t_a: "1", t_b: "2", t_c: "3" });
    expect(actions).toEqual(["sts:AssumeRoleWithWebIdentity", "secretsmanager:BatchGetSecretValue"]);
    expect(versions.map(({ version }) => version)).toEqual([currentVersion, currentVersion, currentVersion]);
  });

  test("a role that may not is asked once, and its secrets are read one by one", async () => {
    const secrets = { "t/a": "1", "t/b": "2", "t/c": "3" };
    const { files, actions } = await filesOf({ parameters: { region, objects: three }, secrets });
    expect(files).toEqual({ t_a: "1", t_b: "2", t_c: "3" });
    expect(actions.filter((action) => action.endsWith("BatchGetSecretValue"))).toHaveLength(1);
    expect(actions.filter((action) => action.endsWith(":GetSecretValue"))).toHaveLength(3);
  });

  test.each([1, 10, 30])("with warm credentials %d secrets are one round trip", async (count) => {
    const names = Array.from({ length: count }, (_, at) => `t/${at}`);
    const objects = names.map((name) => `- { objectName: ${name}, objectType: secretsmanager }`).join("\n");
    const secrets = Object.fromEntries(names.map((name) => [name, "v"]));
    const started = await startCase({ parameters: { region, objects }, secrets, batches: true });
    await started.mount();
    await started.clock.advance(300_000);
    const before = started.world.calls.length;
    expect(await started.mount()).not.toBeInstanceOf(MountError);
    const after = actionsOf(started.world).slice(before);
    await started.close();
    const batches = Array.from({ length: Math.ceil(count / 20) }, () => "secretsmanager:BatchGetSecretValue");
    expect(after).toEqual(count === 1 ? ["secretsmanager:GetSecretValue"] : batches);
  });

  test("the operator switches it off", async () => {
    const settings = { "aws-batch-secrets": "off" };
    const one = { parameters: { region, objects: three }, secrets: { "t/a": "1", "t/b": "2", "t/c": "3" }, settings };
    expect((await filesOf({ ...one, batches: true })).actions).not.toContain("secretsmanager:BatchGetSecretValue");
  });

  test("of a batch, the secret that is refused is blamed, and no other", async () => {
    const error = await refusalOf({
      parameters: { region, objects: three },
      secrets: { "t/a": "a-canary", "t/b": "b" },
      script: [
        {
          service: "secretsmanager",
          action: "BatchGetSecretValue",
          answers: [
            {
              status: 200,
              body: {
                SecretValues: ["t/a", "t/b"].map((Name) => ({
                  Name,
                  ARN: `arn:${Name}`,
                  VersionId: "v",
                  SecretString: "x",
                })),
                Errors: [
                  {
                    SecretId: "t/c",
                    ErrorCode: "AccessDeniedException",
                    Message: "not authorized to perform: secretsmanager:GetSecretValue",
                  },
                ],
              },
            },
          ],
        },
      ],
    });
    expect(error).toMatchObject({ reason: "access_denied" });
    expect(error.text).toMatch(/t\/c.*secretsmanager:GetSecretValue|secretsmanager:GetSecretValue on t\/c/u);
    expect(error.text).not.toMatch(/t\/a|t\/b|t_a|t_b|canary/u);
  });

  test("a parameter that the service does not take is blamed, and no other", async () => {
    const error = await refusalOf({
      parameters: {
        region,
        objects:
          "- { objectName: /t/user, objectType: ssmparameter, objectAlias: user }\n- { objectName: t/pw, objectType: ssmparameter, objectAlias: pw }\n",
      },
      parametersHeld: { "/t/user": "u" },
      script: [
        { service: "ssm", body: { Names: ["/t/user"] }, answers: [null] },
        refuses("ssm", "ValidationException", "Parameter name: can't be prefixed with ssm"),
      ],
    });
    expect(error.text).toMatch(/write \/t\/pw/u);
    expect(error.text).not.toMatch(/user/u);
  });
});

describe("manifests that work", () => {
  test("two versions of one secret, each its own file", async () => {
    const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:t/key-AbCdEf";
    const objects = `---\n- { objectAlias: key, objectVersionLabel: AWSCURRENT, objectName: "${arn}" }\n- { objectAlias: key-old, objectVersionLabel: AWSPREVIOUS, objectName: "${arn}" }\n`;
    const { world, answer } = await mountCase({
      parameters: { region, objects },
      secrets: { "t/key": "new" },
      script: [
        {
          service: "secretsmanager",
          body: { VersionStage: "AWSPREVIOUS" },
          answers: [{ status: 200, body: { Name: "t/key", VersionId: "v-old", SecretString: "old" } }],
        },
      ],
    });
    if (answer instanceof MountError) throw answer;
    expect(answer.files.map(({ path, content }) => [path, content.revealText()])).toEqual([
      ["key", "new"],
      ["key-old", "old"],
    ]);
    expect(answer.versions.map(({ version }) => version)).toEqual([currentVersion, "v-old"]);
    expect(actionsOf(world)).toHaveLength(3);
  });

  test("JSON as YAML, and keys in alphabetical order as yamlencode writes them", async () => {
    const objects =
      '[{"jmesPath":[{"objectAlias":"client-id","path":"\\"client-id\\""}],"objectName":"t/oidc","objectType":"secretsmanager"}]';
    const { files } = await filesOf({ parameters: { region, objects }, secrets: { "t/oidc": '{"client-id":"c"}' } });
    expect(files).toEqual({ t_oidc: '{"client-id":"c"}', "client-id": "c" });
  });

  test("a parameter of another account, by its ARN", async () => {
    const arn = "arn:aws:ssm:eu-west-1:210987654321:parameter/core/db";
    const { files, versions } = await filesOf({
      parameters: {
        region,
        objects: `- { objectName: "${arn}", objectAlias: conf, jmesPath: [ { path: username, objectAlias: user } ] }`,
      },
      script: [
        {
          service: "ssm",
          answers: [
            {
              status: 200,
              body: {
                InvalidParameters: [],
                Parameters: [{ ARN: arn, Name: "/core/db", Value: '{"username":"u"}', Version: 4 }],
              },
            },
          ],
        },
      ],
    });
    expect(files).toEqual({ conf: '{"username":"u"}', user: "u" });
    expect(versions).toEqual([
      { id: "conf", version: "4" },
      { id: "user", version: "4" },
    ]);
  });

  test("a selector in a parameter's name, which ends the official daemon", async () => {
    const objects = "- { objectName: conf:4, objectType: ssmparameter, objectAlias: c }";
    const { files } = await filesOf({ parameters: { region, objects }, parametersHeld: { conf: "four" } });
    expect(files).toEqual({ c: "four" });
  });

  test("the agent of a fresh node, which drops the first connections, is waited for", async () => {
    const { files, actions } = await filesOf({
      parameters: { region, usePodIdentity: "true", objects: "- { objectName: t/a, objectType: secretsmanager }" },
      secrets: { "t/a": "1" },
      script: [{ service: "pod-identity", answers: ["reset", "reset", "reset", null] }],
    });
    expect(files).toEqual({ t_a: "1" });
    expect(actions.filter((action) => action.startsWith("pod-identity"))).toHaveLength(4);
  });

  test("25 parameters and two secrets", async () => {
    const names = Array.from({ length: 25 }, (_, at) => `/many/${at}`);
    const objects = [
      ...names.map((name, at) => `- { objectName: ${name}, objectType: ssmparameter, objectAlias: p${at} }`),
      "- { objectName: t/a, objectType: secretsmanager }",
      "- { objectName: t/b, objectType: secretsmanager }",
    ].join("\n");
    const { files, actions } = await filesOf({
      parameters: { region, objects },
      secrets: { "t/a": "1", "t/b": "2" },
      parametersHeld: Object.fromEntries(names.map((name) => [name, `value of ${name}`])),
      batches: true,
    });
    expect(Object.keys(files)).toHaveLength(27);
    expect(actions.filter((action) => action === "ssm:GetParameters")).toHaveLength(3);
    expect(actions).toHaveLength(5);
  });
});
