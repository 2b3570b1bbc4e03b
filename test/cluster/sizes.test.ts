import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSync, type MessageTypeDefinition } from "@grpc/proto-loader";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startVault, vaultData, type FakeVault } from "../fakes/vault.ts";
import { eventually } from "./harness/eventually.ts";
import { secretProviderClass } from "./harness/objects.ts";
import type { RunningPod } from "./harness/pods.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";

const namespace = "sizes";

/** The driver's default `--max-call-recv-msg-size`. */
const limit = 4_194_304;

let stage: Stage;
let vault: FakeVault;

beforeAll(async () => {
  vault = await startVault();
  stage = await openStage(namespace, { version: "1.6", audiences: ["vault"] });
  stage.after(vault.close);
  await openDaemon(stage, {});
});

afterAll(() => stage.end());

/** A pod with one secret for each part, as the files `p0`, `p1` and so on. */
async function mountParts(name: string, parts: readonly string[]): Promise<RunningPod> {
  parts.forEach((part, index) =>
    vault.routes.set(`/v1/kv/data/${name}-${index}`, vaultData({ data: { k: part }, metadata: { version: 1 } })),
  );
  const objects = parts.map((_, index) => ({
    objectName: `kv/data/${name}-${index}`,
    jmesPath: "data.k",
    objectAlias: `p${index}`,
  }));
  await stage.api.apply(
    secretProviderClass(namespace, name, "keyferry", {
      stores: `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`,
      objects: JSON.stringify(objects),
    }),
  );
  return stage.pod({ name, secretProviderClass: name });
}

const proto = join(dirname(fileURLToPath(import.meta.url)), "../../proto/provider.proto");
const answerType = loadSync(proto)["v1alpha1.MountResponse"] as MessageTypeDefinition<object, object>;

/** Bytes of the answer with these versions and parts, by an encoder that is not the daemon's. */
function answerSize(versions: Readonly<Record<string, string>>, parts: readonly number[]): number {
  return answerType.serialize({
    objectVersion: Object.entries(versions).map(([id, version]) => ({ id, version })),
    files: parts.map((size, index) => ({ path: `p${index}`, mode: 420, contents: Buffer.alloc(size) })),
  }).length;
}

const whole = 1_000_000;

/** Sizes of five parts whose answer has so many bytes. */
async function partsOf(bytes: number): Promise<readonly number[]> {
  const pod = await mountParts(`probe-${bytes}`, ["a", "b", "c", "d", "e"]);
  await pod.runs();
  const versions = await eventually("versions", async () => {
    const seen = await pod.versions();
    return Object.keys(seen).length === 5 ? seen : undefined;
  });
  await pod.remove();
  // Ids name the path of the secret, whose length is that of the probe's.
  const rest = bytes - answerSize(versions, [whole, whole, whole, whole, 0]);
  const guess = [whole, whole, whole, whole, rest];
  const last = rest - (answerSize(versions, guess) - bytes);
  return [whole, whole, whole, whole, last];
}

describe("an answer", () => {
  test.each([4_089_446, limit])("of %d bytes is mounted to the last byte", async (bytes) => {
    const sizes = await partsOf(bytes);
    const texts = sizes.map((size, index) => String(index).repeat(size));
    const pod = await mountParts(`fit_${bytes}`.replace("_", "-").padEnd(`probe-${bytes}`.length, "x"), texts);
    await pod.runs();
    expect(Object.values(pod.files()).map(({ length }) => length)).toEqual(sizes);
    expect(texts.map((text, index) => pod.text(`p${index}`) === text)).not.toContain(false);
    await pod.remove();
  });

  test("of one byte more is refused with a final code that names the driver's flag", async () => {
    const sizes = await partsOf(limit + 1);
    const texts = sizes.map((size) => "x".repeat(size));
    const pod = await mountParts(`over-${limit + 1}`.padEnd(`probe-${limit + 1}`.length, "x"), texts);
    const { message } = await pod.event("FailedMount", ({ reason }) => reason === "FailedMount");
    expect(message).toMatch(/code = FailedPrecondition/);
    expect(message).toMatch(/4194305 bytes, the limit is 4194304.*--max-call-recv-msg-size/);
  });
});

describe("a path", () => {
  const pathOf = (bytes: number): string => `${`${"x".repeat(250)}/`.repeat(20).slice(0, bytes - 1)}y`;

  /** A pod with one file, whose path is so many bytes longer than there is room for. */
  const mountPath = async (more: number) => {
    vault.routes.set("/v1/kv/data/path", vaultData({ data: { k: "v" }, metadata: { version: 1 } }));
    const uid = "00000000-0000-0000-0000-000000000000";
    const target = join(stage.state.pods, uid, "volumes", "kubernetes.io~csi", "secrets", "mount");
    const path = pathOf(4096 - 40 - target.length - 1 + more);
    const name = `path-${more}`;
    await stage.api.apply(
      secretProviderClass(namespace, name, "keyferry", {
        stores: `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`,
        objects: JSON.stringify([{ objectName: "kv/data/path", jmesPath: "data.k", objectAlias: path }]),
      }),
    );
    return { path, pod: await stage.pod({ name, secretProviderClass: name }) };
  };

  test("that just fits is written", async () => {
    const { path, pod } = await mountPath(0);
    await pod.runs();
    expect(pod.text(path)).toBe("v");
  });

  test("of one byte more is refused before the driver sees it", async () => {
    const { pod } = await mountPath(1);
    const { message } = await pod.event("FailedMount", ({ reason }) => reason === "FailedMount");
    expect(message).toMatch(/code = InvalidArgument.*path is too long/);
  });
});
