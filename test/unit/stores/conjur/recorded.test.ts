import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { MountError } from "../../../../src/model/error.ts";
import type { MountResponse } from "../../../../src/model/request.ts";
import { startConjur, type FakeConjur } from "../../../fakes/conjur.ts";
import { startKube, type FakeKube } from "../../../fakes/kube.ts";
import { createMounting } from "../../../fakes/mounting.ts";
import { readBytes, readVector } from "../../../vectors/vectors.ts";

interface Case {
  readonly name: string;
  readonly request: {
    readonly attributes: string | Readonly<Record<string, string>>;
    readonly permission: string;
  };
  readonly response: {
    readonly code: number;
    readonly message?: string;
    readonly files?: readonly { readonly path: string; readonly mode: number; readonly contentsB64: string }[];
    readonly objectVersions?: readonly { readonly id: string }[];
  };
}

const cases = JSON.parse(readVector("conjur/mounts.json")) as readonly Case[];

/** Where Keyferry does better on purpose: the files that it gives, or the reason that it fails for. */
const different: Readonly<Record<string, { readonly paths: readonly string[] } | { readonly reason: string }>> = {
  "same var two files": { paths: ["one", "two"] },
  "same file two vars": { reason: "path_conflict" },
  "variable: prefix": { paths: ["f"] },
  "full id": { paths: ["f"] },
  "tokens num": { paths: ["a/url"] },
};

/** Reasons of what fails, by what the official provider says of it. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/CKCP006|CKCP011|CKCP030|first path segment/u, "parameter_invalid"],
  [/CKCP009|CKCP010|CKCP034/u, "parameter_missing"],
  [/CKCP039/u, "object_not_found"],
  [/CKCP008/u, "identity_missing"],
  [/CKCP007/u, "identity_malformed"],
  [/CKCP012|CKCP017/u, "malformed_request"],
  [/403 Forbidden/u, "access_denied"],
  [/401 Unauthorized/u, "identity_rejected"],
  [/variable: is empty/u, "parameter_invalid"],
  [/404 Not Found/u, "object_not_found"],
  [/connection refused/u, "store_unavailable"],
];

let plain: FakeConjur;
let overTls: FakeConjur;
let kube: FakeKube;

beforeEach(async () => {
  const tls = { cert: readBytes("tls/server.pem"), key: readBytes("tls/server.key") };
  [plain, overTls, kube] = await Promise.all([startConjur(), startConjur(tls), startKube()]);
  kube.podAnnotations.set("default/mypod", { "conjur.org/secrets": '- "ann/url": "db-credentials/url"' });
  kube.podAnnotations.set("default/noann", {});
});

afterEach(async () => {
  await Promise.all([plain.close(), overTls.close(), kube.close()]);
});

/** The request as it was recorded, with this run's servers and certificate. */
async function run({ request }: Case): Promise<MountResponse> {
  const mounting = createMounting(kube, {});
  const { attributes, permission } = request;
  const filled = (text: string) =>
    text
      .replace("(valid PEM)", readVector("tls/ca.pem"))
      .replace("http://127.0.0.1:18200", plain.url)
      .replace("https://127.0.0.1:18243", overTls.url);
  const own =
    typeof attributes === "string"
      ? attributes
      : Object.fromEntries(Object.entries(attributes).map(([name, text]) => [name, filled(text)]));
  const state = { over: false };
  const mounted = mounting
    .mount(own, { dialect: "conjur", permission, targetPath: "/t" })
    .finally(() => (state.over = true));
  mounted.catch(() => undefined);
  while (!state.over) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await mounting.clock.advance(100);
  }
  return mounted;
}

const byName = (one: Case) => [one.name, one] as const;
const good = cases.filter(({ name, response }) => response.code === 0 && different[name] === undefined);
const bad = cases.filter(({ name, response }) => response.code !== 0 && different[name] === undefined);
const better = cases.filter(({ name }) => different[name] !== undefined);

test("every recorded case is one of these", () => {
  expect([good.length, bad.length, better.length]).toEqual([14, 21, 5]);
});

describe("gives what the official provider gives", () => {
  test.each(good.map(byName))("%s", async (_, { request, response }) => {
    const { files, versions } = await run({ name: "", request, response });
    const shown = files.map(({ path, mode, content }) => ({
      path,
      mode,
      contentsB64: Buffer.from(content.reveal()).toString("base64"),
    }));
    const inOrder = (list: readonly { readonly path: string }[]) => list.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    expect(inOrder(shown)).toEqual(inOrder(response.files ?? []));
    expect(versions.map(({ id }) => id).sort()).toEqual((response.objectVersions ?? []).map(({ id }) => id).sort());
    expect(versions.every(({ version }) => /^[\w-]{22}$/u.test(version))).toBe(true);
  });
});

describe("fails where the official provider fails, with its numbers and words", () => {
  test.each(bad.map(byName))("%s", async (_, one) => {
    const error: unknown = await run(one).catch((thrown: unknown) => thrown);
    const official = one.response.message ?? "";
    const reason = reasons.find(([words]) => words.test(official))?.[1];
    expect(error).toMatchObject({ name: "MountError", reason });
    const { text } = error as MountError;
    // What fails before the manifest is looked at is the same for every provider, and an unnamed variable is never asked for.
    const early = /CKCP007|CKCP012|CKCP017|variable: is empty|first path segment/u.test(official);
    const numbers: readonly string[] = official.match(/CKCP\d{3}|CONJ\d{5}E|40[134] \w+/gu) ?? [];
    expect(early ? [] : numbers.filter((number) => !text.includes(number))).toEqual([]);
    expect(text).not.toMatch(/JWT\.a\.b|Sup3rSecret|canary/u);
  });
});

describe("does better where the official provider loses files", () => {
  test.each(better.map(byName))("%s", async (name, one) => {
    const expected = different[name] ?? { paths: [] };
    const outcome = await run(one).then(
      ({ files }) => ({ paths: files.map(({ path }) => path) }),
      (error: unknown) => ({ reason: (error as MountError).reason }),
    );
    expect(outcome).toEqual(expected);
  });
});
