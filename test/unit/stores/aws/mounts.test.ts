import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import type { MountResponse } from "../../../../src/model/request.ts";
import { attributesOf, readRecorded, type RecordedCase } from "../../../fakes/aws-recorded.ts";
import { createAwsWorld, sendTo } from "../../../fakes/aws-world.ts";
import { startKube, type FakeKube } from "../../../fakes/kube.ts";
import { createMounting } from "../../../fakes/mounting.ts";

const recorded = readRecorded();
const start = 1_800_000_000_000;
let kube: FakeKube;

beforeAll(async () => {
  kube = await startKube();
  const { serviceAccounts, pods, nodes } = recorded.fixture.kubernetes;
  for (const [name, annotations] of Object.entries(serviceAccounts)) kube.accounts.set(name, annotations);
  for (const name of ["test/nope", "test/missing", "test/"]) kube.accounts.set(name, undefined);
  for (const [name, node] of Object.entries(pods)) kube.podNodes.set(name, node);
  for (const [name, labels] of Object.entries(nodes)) kube.nodes.set(name, labels);
  for (const account of ["sa1", "norole", "other"]) {
    kube.forbidden.add(`POST /api/v1/namespaces/test/serviceaccounts/${account}/token`);
  }
});

afterAll(() => kube.close());

/** Whole Mounts, from the bytes of the request to those of the answer, over the Kubernetes API. */
async function run(one: RecordedCase): Promise<MountResponse | MountError> {
  const world = createAwsWorld(recorded.fixture, () => start);
  world.script = one.script ?? [];
  const settings = { "aws-region": one.env?.["AWS_REGION"] ?? "" };
  const mounting = createMounting(kube, settings, start, sendTo(world));
  const more = { dialect: "aws", permission: one.permission ?? "420", secrets: one.secrets ?? "null" };
  const target = one.target === "" ? { targetPath: "" } : {};
  const answer = mounting.mount(attributesOf(recorded, one), { ...more, ...target });
  return answer.catch((thrown: unknown) => MountError.from(thrown));
}

const groups = new Set(["request", "tokens", "region", "identity", "arn", "manifests", "naming", "versions"]);
const cases = recorded.cases.filter(
  ({ id, group, script = [], attributes }) =>
    (groups.has(group) || id.includes("request-permission")) &&
    !script.some(({ service }) => service === "kubernetes") &&
    (attributes?.["failoverRegion"] ?? "") === "",
);
const named = (list: readonly RecordedCase[]) => list.map((one) => [one.id, one] as const);

/** Paths and answers that the driver would not take. */
const stricter =
  /nothing-asked|trailing-slash-off|one-slash-off|doubled-slash-off|dot-segments-off|zero-byte|naming\/pathtranslation-false/u;

describe("gives what the official provider gives", () => {
  test.each(named(cases.filter(({ id, expect: { files } }) => files !== undefined && !stricter.test(id))))(
    "%s",
    async (_, one) => {
      const answer = await run(one);
      if (answer instanceof MountError) throw new Error(answer.text, { cause: answer.context.cause });
      const shown = answer.files.map(({ path, mode, content }) => ({
        path,
        mode,
        b64: Buffer.from(content.reveal()).toString("base64"),
      }));
      const last = new Map(one.expect.files?.map((file) => [file.path, { ...file, mode: file.mode & 0o777 }]));
      const byPath = (a: { readonly path: string }, b: { readonly path: string }) => (a.path < b.path ? -1 : 1);
      expect(shown.sort(byPath)).toEqual([...last.values()].sort(byPath));
      expect([...answer.versions].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
        [...(one.expect.object_version ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1)),
      );
    },
  );
});

/** What no driver sends: an empty permission, one with a zero in front, an expiry that is a number. */
const neverSent = /request-permission-refused(?:-0420)?$|tokens\/expiry-number/u;

describe("refuses what the official provider, or the driver after it, refuses", () => {
  test.each(
    named(
      cases.filter(({ id, expect: { files } }) => !neverSent.test(id) && (files === undefined || stricter.test(id))),
    ),
  )("%s", async (_, one) => {
    const answer = await run(one);
    expect(answer).toBeInstanceOf(MountError);
    const { reason, text } = MountError.from(answer);
    expect(reason).not.toBe("internal");
    expect(text).not.toMatch(/canary|irsa-jwt|pia-jwt/u);
  });
});

test("a token that the driver does not pass is asked of the cluster, where the daemon may", async () => {
  const world = createAwsWorld(recorded.fixture, () => start);
  const mounting = createMounting(kube, {}, start, sendTo(world));
  const attributes = {
    ...recorded.defaults.attributes,
    "csi.storage.k8s.io/serviceAccount.name": "cross",
    "csi.storage.k8s.io/serviceAccount.tokens": "{}",
    region: "us-east-1",
    objects: "- { objectName: MySecret, objectType: secretsmanager }",
  };
  const { files } = await mounting.mount(attributes, { dialect: "aws" });
  expect(files.map(({ content }) => content.revealText())).toEqual(["hunter2"]);
  expect(world.calls.find(({ service }) => service === "sts")?.body).toMatchObject({
    WebIdentityToken: "tr-jwt-sts.amazonaws.com",
    RoleArn: "arn:aws:iam::999999999999:role/path/r3",
    RoleSessionName: "test.cross",
  });
});
