import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { MountError } from "../../../../src/model/error.ts";
import type { MountResponse } from "../../../../src/model/request.ts";
import { startGcp, type FakeGcp } from "../../../fakes/gcp.ts";
import { startKube, type FakeKube } from "../../../fakes/kube.ts";
import { createMounting } from "../../../fakes/mounting.ts";
import { readVector } from "../../../vectors/vectors.ts";

interface Case {
  readonly name: string;
  readonly request: {
    readonly attributes: Readonly<Record<string, string>>;
    readonly secrets: string;
    readonly permission: string;
  };
  readonly response: {
    readonly code: number;
    readonly message?: string;
    readonly files?: readonly { readonly path: string; readonly mode: number; readonly contentsB64: string | null }[];
    readonly objectVersions?: readonly { readonly id: string; readonly version: string }[];
  };
}

const cases = JSON.parse(readVector("gcp/mounts.json")) as readonly Case[];

/** Where Keyferry differs on purpose, and how. */
const different: Readonly<Record<string, string>> = {
  "neither path nor fileName": "a file without a name is refused here, and not only by the driver",
  "prefix garbage": "text before projects/ is refused here, and not only by Google",
  "secrets empty": "nothing to mount is an error here, and not only for the driver",
  "secrets []": "nothing to mount is an error here, and not only for the driver",
  "same path, two resources": "the driver would write both and keep the later: only that is sent",
};

let gcp: FakeGcp;
let kube: FakeKube;

beforeEach(async () => {
  [gcp, kube] = await Promise.all([startGcp(), startKube()]);
  kube.accounts.set("default/missing", undefined);
  const email = "iam.gke.io/gcp-service-account";
  kube.accounts.set("default/gsadenied", { [email]: "denied@my-project.iam.gserviceaccount.com" });
  kube.accounts.set("default/gsabaddel", {
    [email]: "good@my-project.iam.gserviceaccount.com",
    "iam.gke.io/gcp-service-account-delegates": "me@x",
  });
});

afterEach(async () => {
  await Promise.all([gcp.close(), kube.close()]);
});

function run({ request }: Case): Promise<MountResponse> {
  const mounting = createMounting(kube, {
    "gcp-secret-manager-endpoint": gcp.url,
    "gcp-parameter-manager-endpoint": gcp.url,
    "gcp-token-endpoint": `${gcp.url}/v1/token`,
    "gcp-iam-credentials-endpoint": gcp.url,
    "gcp-metadata-host": gcp.url.replace("http://", ""),
  });
  gcp.now = () => mounting.clock.now();
  const { attributes, permission, secrets } = request;
  return mounting.mount(attributes, { dialect: "gcp", permission, secrets, targetPath: "/t" });
}

const good = cases.filter(({ name, response }) => response.code === 0 && different[name] === undefined);
const bad = cases.filter(({ name, response }) => response.code !== 0 && different[name] === undefined);

/** Words of the official texts that people look for. */
const gists = [
  "NotFound",
  "PermissionDenied",
  "FailedPrecondition",
  "Internal",
  "unknown resource type",
  "Invalid location",
  "not found in JSON",
  "unsupported value type",
  "failed to unmarshal JSON",
  "simultaneously",
  "missing required 'secrets' attribute",
  "unknown auth configuration",
  "unable to fetch SA info",
  "unable to fetch gcp service account token",
  "unable to parse delegates annotation",
];

describe("gives what the official provider gives", () => {
  test.each(good.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const { files, versions } = await run(one);
    const shown = files.map(({ path, mode, content }) => ({
      path,
      mode,
      contentsB64: Buffer.from(content.reveal()).toString("base64"),
    }));
    expect(shown).toEqual(one.response.files?.map((file) => ({ ...file, contentsB64: file.contentsB64 ?? "" })));
    expect(versions).toEqual([
      ...new Map(one.response.objectVersions?.map((version) => [version.id, version])).values(),
    ]);
  });
});

describe("fails where the official provider fails, with its words", () => {
  test.each(bad.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const error: unknown = await run(one).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "MountError" });
    const { text, reason } = error as MountError;
    expect(reason).not.toBe("internal");
    const official = one.response.message ?? "";
    expect(gists.filter((gist) => official.includes(gist) && !text.includes(gist))).toEqual([]);
    expect(text).not.toMatch(/canary|podtok|password@1234/u);
  });
});

test.each(Object.keys(different).filter((name) => !name.startsWith("same path")))("%s is refused", async (name) => {
  const one = cases.find((candidate) => candidate.name === name);
  if (one === undefined) throw new Error("no such case");
  await expect(run(one)).rejects.toMatchObject({ name: "MountError" });
});

test("of two resources of one path the later is what the driver would keep", async () => {
  const one = cases.find(({ name }) => name === "same path, two resources");
  if (one === undefined) throw new Error("no such case");
  const { files } = await run(one);
  const last = one.response.files?.at(-1);
  expect(files.map(({ path, content }) => [path, Buffer.from(content.reveal()).toString("base64")])).toEqual([
    [last?.path, last?.contentsB64],
  ]);
});
