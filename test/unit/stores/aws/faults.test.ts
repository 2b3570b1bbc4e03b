import { describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import type { AwsAnswer, AwsRule } from "../../../fakes/aws-fixture.ts";
import {
  actionsOf,
  filesOf,
  mountCase,
  refusalOf,
  refuses,
  startCase,
  type AwsCase,
  type StartedCase,
} from "./case.ts";

const region = "eu-west-1";
const one = "- { objectName: t/a, objectType: secretsmanager, objectAlias: a }";
const plain: AwsCase = { parameters: { region, objects: one }, secrets: { "t/a": "value-canary" } };
const podIdentity: AwsCase = { ...plain, parameters: { ...plain.parameters, usePodIdentity: "true" } };

function answers(service: string, ...list: readonly AwsAnswer[]): AwsRule {
  return { service, answers: list };
}

function error(code: string, status = 400, headers: Readonly<Record<string, string>> = {}): AwsAnswer {
  return { status, headers, body: { __type: code, message: "m" } };
}

async function within<T>(started: Promise<StartedCase>, work: (started: StartedCase) => Promise<T>): Promise<T> {
  const running = await started;
  try {
    return await work(running);
  } finally {
    await running.close();
  }
}

function accepted(answer: Awaited<ReturnType<StartedCase["mount"]>>) {
  if (answer instanceof MountError) throw new Error(answer.text, { cause: answer.context.cause });
  return answer.files.map(({ content }) => content.revealText());
}

describe("what passes is tried again within the Mount", () => {
  test.each<{ readonly is: string; readonly rule: AwsRule }>([
    { is: "throttling", rule: answers("secretsmanager", error("ThrottlingException"), null) },
    {
      is: "throttling with Retry-After",
      rule: answers("secretsmanager", error("ThrottlingException", 400, { "retry-after": "3" }), null),
    },
    {
      is: "status 429 with Retry-After",
      rule: answers("secretsmanager", { status: 429, headers: { "Retry-After": "2" } }, null),
    },
    { is: "status 500 without a body", rule: answers("secretsmanager", { status: 500 }, null) },
    { is: "InternalServiceError", rule: answers("secretsmanager", error("InternalServiceError", 500), null) },
    { is: "a connection that is dropped", rule: answers("secretsmanager", "reset", null) },
    { is: "an answer that does not come", rule: answers("secretsmanager", "hang", null) },
    {
      is: "STS throttling",
      rule: answers("sts", { status: 400, body: "<Error><Code>Throttling</Code></Error>" }, null),
    },
  ])("$is", async ({ rule }) => {
    expect((await filesOf({ ...plain, script: [rule] })).files).toEqual({ a: "value-canary" });
  });

  test("Retry-After is waited for", () =>
    within(
      startCase({
        ...plain,
        script: [answers("secretsmanager", error("ThrottlingException", 400, { "retry-after": "7" }), null)],
      }),
      async ({ mount, clock }) => {
        const start = clock.monotonic();
        accepted(await mount());
        expect(clock.monotonic() - start).toBeGreaterThanOrEqual(7_000);
      },
    ));
});

describe("what does not pass", () => {
  test.each<{ readonly is: string; readonly rule: AwsRule; readonly reason: string }>([
    {
      is: "garbage",
      rule: answers("secretsmanager", { status: 200, body: "<html>value-canary</html>" }),
      reason: "store_protocol",
    },
    {
      is: "a proxy's page",
      rule: answers("secretsmanager", { status: 403, body: "<html>blocked</html>" }),
      reason: "store_protocol",
    },
    {
      is: "an answer without a version",
      rule: answers("secretsmanager", { status: 200, body: { SecretString: "value-canary" } }),
      reason: "store_protocol",
    },
    { is: "an empty answer", rule: answers("secretsmanager", { status: 200, body: {} }), reason: "store_protocol" },
    { is: "garbage of STS", rule: answers("sts", { status: 200, body: "value-canary" }), reason: "store_protocol" },
    {
      is: "STS without credentials",
      rule: answers("sts", { status: 200, body: "<AssumeRoleWithWebIdentityResponse/>" }),
      reason: "store_protocol",
    },
    // A first mount waits for a throttling store as long as there is time.
    {
      is: "throttling that lasts",
      rule: refuses("secretsmanager", "ThrottlingException", "m"),
      reason: "mount_timeout",
    },
    { is: "an outage that lasts", rule: answers("secretsmanager", { status: 503 }), reason: "store_unavailable" },
  ])("$is is $reason", async ({ rule, reason }) => {
    const { reason: found, text } = await refusalOf({ ...plain, script: [rule] });
    expect(found).toBe(reason);
    expect(text).not.toMatch(/canary/u);
  });

  test("a parameter that was never asked for is never written", async () => {
    const rule = answers("ssm", {
      status: 200,
      body: { Parameters: [{ Name: "other", Value: "value-canary", Version: 1 }], InvalidParameters: [] },
    });
    const objects = "- { objectName: conf, objectType: ssmparameter }";
    expect(await refusalOf({ parameters: { region, objects }, script: [rule] })).toMatchObject({
      reason: "store_protocol",
    });
  });
});

describe("credentials", () => {
  test.each(["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"])(
    "that a service finds of no use (%s) are replaced once",
    (code) =>
      within(startCase(podIdentity), async ({ mount, world, clock }) => {
        accepted(await mount());
        await clock.advance(300_000);
        world.script = [answers("secretsmanager", error(code), null)];
        expect(accepted(await mount())).toEqual(["value-canary"]);
        expect(actionsOf(world).filter((action) => action === "pod-identity:GET")).toHaveLength(2);
      }),
  );

  test("that are new and of no use are the end", async () => {
    const { answer, world } = await mountCase({
      ...podIdentity,
      script: [refuses("secretsmanager", "ExpiredTokenException", "m")],
    });
    expect(answer).toMatchObject({ reason: "identity_rejected" });
    expect(actionsOf(world)).toEqual(["pod-identity:GET", "secretsmanager:GetSecretValue"]);
  });

  test("serve all pods of a service account, and one read answers them", () =>
    within(startCase(plain), async ({ mount, world }) => {
      const pods = Array.from({ length: 40 }, (_, at) => `web-${at}`);
      const all = await Promise.all(pods.map((pod) => mount(pod)));
      expect(all.map((answer) => accepted(answer))).toEqual(pods.map(() => ["value-canary"]));
      expect(actionsOf(world)).toEqual(["sts:AssumeRoleWithWebIdentity", "secretsmanager:GetSecretValue"]);
    }));

  test("of a token that a pod's author brought along are that pod's alone, and nobody else's are given to it", () =>
    within(startCase(plain), async ({ mount, world }) => {
      accepted(await mount("honest-0"));
      accepted(await mount("forged-0", "not-a-token-of-kubelet"));
      accepted(await mount("forged-1", "another"));
      const tokens = world.calls.flatMap(({ service, body }) => (service === "sts" ? [body["WebIdentityToken"]] : []));
      expect(tokens.slice(1)).toEqual(["not-a-token-of-kubelet", "another"]);
    }));

  test("are replaced before their end, and serve on while STS is down", () =>
    within(startCase(plain), async ({ mount, world, clock }) => {
      accepted(await mount());
      await clock.advance(56 * 60_000);
      world.script = [answers("sts", { status: 503 })];
      expect(accepted(await mount())).toEqual(["value-canary"]);
      expect(actionsOf(world).filter((action) => action.startsWith("sts")).length).toBeGreaterThan(1);
    }));

  test("come from the failover region's STS while that of the first is down", async () => {
    const rule = { ...answers("sts", { status: 503 }), region };
    const parameters = { ...plain.parameters, failoverRegion: "eu-central-1" };
    const { answer, world } = await mountCase({ ...plain, parameters, script: [rule] });
    expect(accepted(answer)).toEqual(["value-canary"]);
    expect(world.calls.filter(({ service }) => service === "secretsmanager").map((call) => call.region)).toEqual([
      region,
    ]);
  });

  test("a clock that is wrong is followed, by the date of the answer", async () => {
    const date = new Date(1_800_000_000_000 + 3_600_000).toUTCString();
    const rule = answers("secretsmanager", error("InvalidSignatureException", 400, { Date: date }), null);
    const { answer, world } = await mountCase({ ...plain, script: [rule] });
    expect(accepted(answer)).toEqual(["value-canary"]);
    expect(actionsOf(world).filter((action) => action.startsWith("sts"))).toHaveLength(1);
  });

  test("a clock that stays wrong is told", async () => {
    const rule = refuses("secretsmanager", "RequestTimeTooSkewed", "m");
    expect(await refusalOf({ ...plain, script: [rule] })).toMatchObject({
      text: expect.stringContaining("clock differs from AWS's"),
    });
  });
});

describe("the failover region", () => {
  const parameters = { ...plain.parameters, failoverRegion: "eu-central-1" };
  const regionsAsked = (world: StartedCase["world"]) =>
    world.calls.filter(({ service }) => service === "secretsmanager").map((call) => call.region);

  test("is not asked while the first answers", async () => {
    const { answer, world } = await mountCase({ ...plain, parameters });
    expect(accepted(answer)).toEqual(["value-canary"]);
    expect(regionsAsked(world)).toEqual([region]);
  });

  test.each<readonly [string, AwsAnswer]>([
    ["fails", { status: 503 }],
    ["does not answer", "hang"],
    ["drops the connection", "reset"],
    ["refuses", error("AccessDeniedException")],
    ["throttles", error("ThrottlingException")],
  ])("answers where the first %s", async (_, answer) => {
    const script = [{ ...answers("secretsmanager", answer), region }];
    const { answer: got, world } = await mountCase({ ...plain, parameters, script });
    expect(accepted(got)).toEqual(["value-canary"]);
    expect(regionsAsked(world)).toEqual([region, "eu-central-1"]);
  });

  test("is not asked for what the first says it does not have", async () => {
    const { answer, world } = await mountCase({ ...plain, parameters, secrets: {} });
    expect(answer).toMatchObject({ reason: "object_not_found" });
    expect(regionsAsked(world)).toEqual([region]);
  });

  test("refusing too, both causes are told", async () => {
    const script = [
      { ...refuses("secretsmanager", "AccessDeniedException", "m"), region },
      refuses("secretsmanager", "DecryptionFailure", "m"),
    ];
    const { text } = await refusalOf({ ...plain, parameters, script });
    expect(text).toMatch(
      /may not secretsmanager:GetSecretValue.*in failover region eu-central-1: .*cannot be decrypted/u,
    );
  });
});

test("a secret that is deleted between two Mounts fails the next that must be new, and says so", () =>
  within(startCase(plain), async ({ mount, world, clock }) => {
    accepted(await mount());
    world.script = [refuses("secretsmanager", "InvalidRequestException", "it was marked for deletion")];
    await clock.advance(300_000);
    expect(await mount("web-9")).toMatchObject({ text: expect.stringContaining("scheduled for deletion") });
  }));
