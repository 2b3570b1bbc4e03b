import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import { at, type KubeObject } from "./harness/api.ts";
import { startExampleStores, type ExampleStores } from "./harness/example-stores.ts";
import { makeNamespace, makeServiceAccount } from "./harness/objects.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";

const root = join(import.meta.dirname, "..", "..", "examples");

interface Example {
  readonly file: string;
  readonly folder: string;
  readonly text: string;
}

/** Every SecretProviderClass of the examples. */
const examples: readonly Example[] = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".yaml"))
  .map((file) => ({ file, folder: dirname(file).split("/")[0] ?? "", text: readFileSync(join(root, file), "utf8") }))
  .filter(({ text }) => /^kind: SecretProviderClass$/m.test(text))
  .sort((a, b) => (a.file < b.file ? -1 : 1));

/** The operator's side of an example, with its keys where the chart mounts them. */
const operated = readdirSync(root)
  .filter((folder) => readdirSync(join(root, folder)).includes("keyferry.yaml"))
  .map((folder) => {
    const config = parse(readFileSync(join(root, folder, "keyferry.yaml"), "utf8")) as { keys?: readonly Key[] };
    const keys = (config.keys ?? []).map((key) => ({
      ...key,
      name: folder,
      file: `/etc/keyferry/keys/${folder}/${key.file}`,
    }));
    return { folder, keys, files: (config.keys ?? []).map(({ file }) => file) };
  });

interface Key {
  readonly name: string;
  readonly file: string;
}

let stage: Stage;
let stores: ExampleStores;

beforeAll(async () => {
  const audiences = ["vault", "api://AzureADTokenExchange", "my-project.svc.id.goog"];
  stage = await openStage("shop", { version: "1.6", audiences });
  stores = await startExampleStores(stage);
  await makeServiceAccount(stage.api, "shop", "web");
  await makeNamespace(stage.api, "keyferry");
  for (const { folder, files } of operated) {
    const data = files.map((file) => [file, readFileSync(join(root, folder, file)).toString("base64")]);
    await stage.api.apply({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `example-${folder}`, namespace: "keyferry" },
      data: Object.fromEntries(data) as unknown,
    });
  }
  await openDaemon(stage, {
    sockets: Object.fromEntries([...serves].map((name) => [name, true])),
    daemon: { mountTimeout: "5s" },
    keys: operated.map(({ folder }) => ({ name: folder, secretName: `example-${folder}` })),
    config: { keys: operated.flatMap(({ keys }) => keys) },
    extraEnv: Object.entries(stores.variables).map(([name, value]) => ({ name, value })),
  });
});

afterAll(() => stage.end());

/** Every socket that the chart knows. */
const sockets = parse(readFileSync(join(root, "..", "deploy", "helm", "keyferry", "values.yaml"), "utf8")) as {
  sockets: Readonly<Record<string, boolean>>;
};
const serves = new Set(Object.keys(sockets.sockets));
const isFailing = ({ file }: Example) => basename(file) === "failing.yaml";
const isMountable = (example: Example) =>
  (operated.some(({ folder }) => folder === example.folder) ||
    ["vault", "azure", "gcp", "sync-controller"].includes(example.folder)) &&
  !isFailing(example);

/** Pod names are from the file. */
async function startPod(example: Example) {
  const manifest = parseAllDocuments(stores.readdressed(example.text))
    .map((document) => document.toJS() as KubeObject)
    .find(({ kind }) => kind === "SecretProviderClass");
  if (manifest === undefined) throw new Error(`${example.file} has no SecretProviderClass`);
  await stage.api.apply(manifest);
  const name = example.file.replace(/\.yaml$/, "").replaceAll(/[^a-z0-9]/g, "-");
  const secretProviderClass = String(at(manifest, "metadata", "name"));
  return { manifest, pod: await stage.pod({ name, secretProviderClass, serviceAccount: "web" }) };
}

describe("examples", () => {
  test.each(examples.filter(isMountable))("$file mounts", async (example) => {
    const { pod } = await startPod(example);
    await pod.runs();
    expect(pod.isMounted()).toBe(true);
    expect(Object.values(pod.files()).map(({ length }) => length > 0)).not.toContain(false);
    expect(Object.keys(pod.files()).length).toBeGreaterThan(0);
    await pod.remove();
  });

  test("the one with mistakes is refused, and the pod's event names them", async () => {
    const [example] = examples.filter(isFailing);
    const { pod } = await startPod(example ?? { file: "", folder: "", text: "" });
    const { message } = await pod.event("FailedMount", ({ reason }) => reason === "FailedMount");
    expect(message).toMatch(/code = InvalidArgument/);
    expect(message).toMatch(/jmesPath|objectAlias|filePermission/);
  });

  test("those whose store is not played here fail with words, and are tried again", async () => {
    const others = examples.filter((one) => !isMountable(one) && !isFailing(one));
    for (const example of others) {
      const { pod, manifest } = await startPod(example);
      const { message } = await pod.event(`${example.file} fails`, ({ reason }) => reason === "FailedMount");
      const isServed = serves.has(String(at(manifest, "spec", "provider")));
      expect(message).toMatch(
        isServed ? /code = (FailedPrecondition|Unauthenticated|InvalidArgument|PermissionDenied|NotFound)/ : /provider/,
      );
      expect(await pod.phase()).toBe("Pending");
      await pod.remove();
    }
    expect(others.every(({ folder }) => !stores.folders.has(folder))).toBe(true);
  });
});
