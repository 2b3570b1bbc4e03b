import { describe, expect, test } from "@jest/globals";
import { createKeyferryDialect } from "../../../../src/dialects/keyferry/index.ts";
import { defaultFileMode } from "../../../../src/model/file.ts";
import type { MountPlan } from "../../../../src/model/plan.ts";
import type { StoreKind } from "../../../../src/model/store.ts";
import { carriedStore } from "../../../../src/documents/carried-store.ts";
import { Secret } from "../../../../src/model/secret.ts";
import { Issues } from "../../../../src/text/issues.ts";
import { createMemoryStore } from "../../../fakes/memory-store.ts";
import { InProcess } from "../../../../src/compute/in-process.ts";
import { workers } from "../../../../src/wiring/workers.ts";
import type { RenderContext } from "../../../../src/model/plan.ts";

const compute = new InProcess(workers);
const inProcess: RenderContext["run"] = (job, input) =>
  compute.run(job, input, { tenant: "shop", signal: new AbortController().signal });

const memory = createMemoryStore();
/** A store of documents that the manifest carries; it has no versions. */
const sops = carriedStore<SopsRef, unknown>(
  "sops",
  (fields, { objectName, carried }) => ({ digest: "", format: fields.text("format"), text: carried(objectName) }),
  () => () => Promise.reject(new Error("not opened here")),
);
const stores = [memory, sops] as readonly StoreKind[];

interface SopsRef {
  readonly digest: string;
  readonly format: string | undefined;
  readonly text: string | undefined;
}
const dialect = createKeyferryDialect({
  stores,
  operatorStores: [{ name: "team", store: memory, params: { address: "h" }, namespaces: ["shop"] }],
});
const declared = "- { name: a, kind: memory }\n";

function parse(parameters: Record<string, string>): {
  plan: MountPlan | undefined;
  problems: string[];
  reasons: string[];
} {
  const issues = new Issues();
  const plan = dialect.parse({ parameters: new Map(Object.entries(parameters)), defaultMode: defaultFileMode }, issues);
  const problems = issues.toError()?.message.split("\n") ?? [];
  return { plan, problems, reasons: issues.sorted.map((issue) => issue.reason) };
}

/** The first file, of an object whose text is `{"a":{"b":"6869"}}`. */
async function fileOf(plan: MountPlan | undefined) {
  const found = { kind: "found", value: Secret.fromText('{"a":{"b":"6869"}}'), version: "1" } as const;
  const context = { signal: new AbortController().signal, hmacKey: () => Promise.resolve(undefined), run: inProcess };
  const [file] = plan?.files ?? [];
  const candidate = file?.reads[0]?.candidates[0];
  if (candidate === undefined) throw new Error("no file");
  const rendered = await file?.render([{ found, candidate }], { ...context, once: (_of, make) => make() });
  return rendered?.files[0];
}

describe("a manifest in order", () => {
  test("becomes a plan", () => {
    const { plan, problems } = parse({
      stores: declared,
      objects: `
- objectName: secret/data/db
- { store: a, objectName: db, objectVersion: "7", objectAlias: conf/db, filePermission: 0400, jmesPath: a.b, objectEncoding: hex }
- { store: team, objectName: t }
- { store: sops, objectName: app, format: yaml }
`,
      app: "x: y",
    });
    expect(problems).toEqual([]);
    expect(
      plan?.files.map(({ index, name, paths, reads: [read] }) => ({
        index,
        name,
        paths,
        ref: read?.candidates[0].read.ref,
        in: read?.candidates[0].store.name,
        to: read?.candidates[0].store.grantedTo,
      })),
    ).toEqual([
      {
        index: 0,
        name: "secret_data_db",
        ref: { name: "secret/data/db" },
        in: "a",
        to: undefined,
        paths: ["secret_data_db"],
      },
      {
        index: 1,
        name: "conf/db",
        ref: { name: "db", version: "7" },
        in: "a",
        to: undefined,
        paths: ["conf/db"],
      },
      {
        index: 2,
        name: "t",
        ref: { name: "t" },
        in: "team",
        to: ["shop"],
        paths: ["t"],
      },
      {
        index: 3,
        name: "app",
        ref: { digest: "", format: "yaml", text: "x: y" },
        in: "sops",
        to: undefined,
        paths: ["app"],
      },
    ]);
  });

  test("needs no stores for a carried document", () => {
    expect(parse({ objects: "- objectName: app", app: "x" }).plan?.reads[0]?.candidates[0].store.name).toBe("sops");
  });

  test("selects, decodes, and writes with its mode", async () => {
    const fields = "objectName: db, filePermission: 0400, jmesPath: a.b, objectEncoding: hex";
    const file = await fileOf(parse({ stores: declared, objects: `- { ${fields} }` }).plan);
    expect([file?.content.revealText(), file?.mode]).toEqual(["hi", 256]);
  });

  test.each(["0400", '"0400"', "0o400", "400"])("filePermission %s is 0400", async (text) => {
    const { plan } = parse({ stores: declared, objects: `- { objectName: db, filePermission: ${text} }` });
    expect(await fileOf(plan)).toMatchObject({ mode: 256 });
  });

  test("takes a refresh interval of its own", () => {
    const { plan } = parse({ ...object("- objectName: db"), refreshInterval: "1m30s" });
    expect(plan?.refreshInterval).toBe(90_000);
  });

  test("reads JSON too", () => {
    expect(parse({ stores: declared, objects: '[{"objectName":"db"}]' }).plan?.files).toHaveLength(1);
  });
});

const object = (text: string): Record<string, string> => ({ stores: declared, objects: text });

describe("a manifest with one mistake", () => {
  test.each([
    ["no objects", { stores: declared }, "parameter_missing", /^parameter objects: it is missing/u],
    ["an empty list", object("[]"), "no_objects", /lists no object/u],
    ["an empty text", object(""), "no_objects", /lists no object/u],
    ["bad YAML", object("- {"), "parameter_invalid", /parameter objects, line 1: it is not valid YAML/u],
    ["bad YAML in stores", { stores: "[", objects: "- objectName: db" }, "parameter_invalid", /parameter stores/u],
    ["no objectName", object("- store: a"), "parameter_missing", /^object 1, field objectName/u],
    ["a misspelt field", object("- { objectName: db, jmespath: a }"), "parameter_unknown", /did you mean jmesPath\?/u],
    ["an unknown store", object("- { objectName: db, store: teem }"), "parameter_invalid", /did you mean team\?/u],
    [
      "an unknown kind",
      { stores: "- {name: a, kind: memry}", objects: "- objectName: db" },
      "parameter_invalid",
      /^store 1 "a", field kind .*did you mean memory\?/u,
    ],
    [
      "an unknown store field",
      { stores: "- {name: a, kind: memory, adress: x}", objects: "- objectName: db" },
      "parameter_unknown",
      /did you mean address\?/u,
    ],
    [
      "the operator's name",
      { stores: "- {name: team, kind: memory}", objects: "- objectName: db" },
      "parameter_invalid",
      /operator has a store of this name/u,
    ],
    [
      "a store twice",
      { stores: declared + declared, objects: "- {objectName: db, store: a}" },
      "parameter_invalid",
      /^store 2 "a", field name/u,
    ],
    [
      "a store to choose",
      { stores: `${declared}- {name: b, kind: memory}`, objects: "- objectName: db" },
      "parameter_missing",
      /field store/u,
    ],
    [
      "versions where there are none",
      { objects: "- {objectName: app, objectVersion: 1}", app: "x" },
      "parameter_unknown",
      /store kind sops has no versions/u,
    ],
    [
      "types where there are none",
      object("- {objectName: db, objectType: x}"),
      "parameter_unknown",
      /store kind memory has no types/u,
    ],
    [
      "a wrong encoding",
      object("- {objectName: db, objectEncoding: base46}"),
      "parameter_invalid",
      /did you mean base64\?/u,
    ],
    ["a wrong expression", object("- {objectName: db, jmesPath: 'a['}"), "parameter_invalid", /field jmesPath/u],
    [
      "an unused parameter",
      { ...object("- objectName: db"), object: "x" },
      "parameter_unknown",
      /^parameter object: .*did you mean objects\?/u,
    ],
    [
      "refreshInterval",
      { ...object("- objectName: db"), refreshInterval: "often" },
      "parameter_invalid",
      /^parameter refreshInterval/u,
    ],
    ["an entry that is a text", object("- db"), "parameter_invalid", /^object 1 /u],
    [
      "one path twice",
      object("- objectName: x\n- {objectName: y, objectAlias: x}"),
      "path_conflict",
      /^object 2 "x", field objectAlias .*object 1 "x"/u,
    ],
    [
      "a file as folder",
      object("- {objectName: x, objectAlias: a/b/c}\n- {objectName: a}"),
      "path_conflict",
      /^object 2 "a".*object 1 "a\/b\/c"/u,
    ],
  ])("%s", (_, parameters, reason, message) => {
    const { plan, problems, reasons } = parse(parameters);
    expect(plan).toBeUndefined();
    expect(reasons).toEqual([reason]);
    expect(problems[0]).toMatch(message);
  });

  test.each(["1000", "-1", "0888", "rw", '""', "[4]"])("filePermission %s", (mode) => {
    const { plan, problems } = parse(object(`- objectName: ok\n- { objectName: db, filePermission: ${mode} }`));
    expect(plan).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^object 2 "db", field filePermission/u);
  });

  test.each(["../x", "/x", "..x", ".", "", "a//b", "a/", "./a", "a\\0b", "x".repeat(256), "abc/".repeat(1024) + "d"])(
    "path %s",
    (path) => {
      const { plan, reasons, problems } = parse(
        object(`- objectName: ok\n- { objectName: db, objectAlias: "${path}" }`),
      );
      expect(plan).toBeUndefined();
      expect(reasons).toEqual(["path_invalid"]);
      expect(problems[0]).toMatch(/^object 2 "/u);
    },
  );
});

test("every mistake is reported, in the manifest's order", () => {
  const { problems } = parse({
    stores: "- {name: a, kind: memory, x: 1}",
    objects: "- {objectName: db, filePermission: 9, zzz: 1}\n- {store: nope}\n",
    extra: "x",
  });
  expect(problems.map((line) => line.split(":")[0])).toEqual([
    'store 1 "a", field x (parameter stores, line 1)',
    'object 1 "db", field filePermission (parameter objects, line 1)',
    'object 1 "db", field zzz (parameter objects, line 1)',
    "object 2, field objectName (parameter objects, line 2)",
    "object 2, field store (parameter objects, line 2)",
    "parameter extra",
  ]);
});

test("a thousand objects with a mebibyte of text are read", () => {
  const folders = `${"x".repeat(250)}/`.repeat(4);
  const text = Array.from(
    { length: 1000 },
    (_, i) => `- { objectName: db${i}, objectAlias: "dir${i}/${folders}file" }\n`,
  ).join("");
  expect(parse(object(text)).plan?.files).toHaveLength(1000);
});
