import { describe, expect, test } from "@jest/globals";
import { createKeyferryDialect } from "../../../../src/dialects/keyferry/index.ts";
import { MountError } from "../../../../src/model/error.ts";
import { defaultFileMode } from "../../../../src/model/file.ts";
import { Issues } from "../../../../src/text/issues.ts";
import { createMemoryStore, type MemoryObject } from "../../../fakes/memory-store.ts";
import { textsOf } from "../../../fakes/mounting.ts";
import { mountPlan } from "../../../fakes/plan-mount.ts";

const objects: Readonly<Record<string, string | Partial<MemoryObject>>> = {
  db: '{"username":"shop","password":"p:w","port":5432,"ratio":1.10,"gone":null,"nested":{"a":[1]}}',
  "prod/shop/a": { content: Buffer.from("A"), tags: { team: "shop" } },
  "prod/shop/b": { content: Buffer.from("B"), tags: { team: "other" } },
  "prod/pay/c": "C",
  encoded: "aGVsbG8=",
  plain: "some-secret",
  empty: "{}",
};

function memory() {
  const store = createMemoryStore();
  for (const [name, object] of Object.entries(objects)) {
    const given = typeof object === "string" ? { content: Buffer.from(object) } : object;
    store.objects.set(name, { content: Buffer.alloc(0), version: "1", ...given });
  }
  return store;
}

async function mountObjects(text: string, change: (store: ReturnType<typeof memory>) => void = () => undefined) {
  const store = memory();
  change(store);
  const dialect = createKeyferryDialect({ stores: [store], operatorStores: [] });
  const issues = new Issues();
  const parameters = new Map(Object.entries({ stores: "[{ name: m, kind: memory }]", objects: text }));
  const plan = dialect.parse({ parameters, defaultMode: defaultFileMode }, issues);
  const problem = issues.toError();
  if (problem !== undefined) throw problem;
  if (plan === undefined) throw new Error("no plan");
  const answer = await mountPlan(plan, store.connect({}));
  return { files: textsOf(answer), versions: answer.versions, asked: store.calls.refs.flat() };
}

const problemsOf = async (text: string): Promise<readonly string[]> => {
  const error: unknown = await mountObjects(text).catch((thrown: unknown) => thrown);
  return error instanceof MountError ? error.message.split("\n") : [`no error: ${JSON.stringify(error)}`];
};

describe("extract", () => {
  test("makes a file of each key: scalars as they stand, lists and maps as JSON, null not at all", async () => {
    const { files, asked } = await mountObjects("- { objectName: db, extract: true, objectAlias: conf }");
    expect(files).toEqual({
      "conf/username": "shop",
      "conf/password": "p:w",
      "conf/port": "5432",
      "conf/ratio": "1.10",
      "conf/nested": '{"a":[1]}',
    });
    expect(asked).toEqual(["db"]);
  });

  test("chooses and renames keys, at the root of the volume by default", async () => {
    const fields = 'match: "^[up]", rewrite: [ { match: "^(.)(.*)$", replace: "$1/${2}" } ]';
    const { files } = await mountObjects(`- { objectName: db, extract: { ${fields} } }`);
    expect(files).toEqual({ "u/sername": "shop", "p/assword": "p:w", "p/ort": "5432" });
  });

  test("of what jmesPath selects", async () => {
    const { files } = await mountObjects("- { objectName: db, jmesPath: nested, extract: true }");
    expect(files).toEqual({ a: "[1]" });
  });

  test("changes versions with the object and with the way files are named, and in no other case", async () => {
    const versionOf = async (entry: string) => (await mountObjects(entry)).versions[0]?.version;
    const plain = await versionOf("- { objectName: db, extract: true }");
    expect(await versionOf("- { objectName: db, extract: true }")).toBe(plain);
    expect(await versionOf("- { objectName: db, extract: true, decode: auto }")).not.toBe(plain);
  });

  test.each([
    { entry: "{ objectName: plain, extract: true }", says: /extract needs an object whose value is a map/u },
    { entry: "{ objectName: empty, extract: true }", says: /no key to extract/u },
    {
      entry: '{ objectName: db, extract: { rewrite: [ { match: ".*", replace: "x" } ] } }',
      says: /"username" and "password" would both be the file "xx?"/u,
    },
    {
      entry: '{ objectName: db, extract: { rewrite: [ { match: "^", replace: "../" } ] } }',
      says: /".." makes no path|"username" makes no path/u,
    },
    { entry: '{ objectName: db, extract: { match: "(" } }', says: /not a valid RE2 pattern/u },
  ])("refuses $entry", async ({ entry, says }) => {
    expect((await problemsOf(`- ${entry}`)).join("\n")).toMatch(says);
  });
});

describe("find", () => {
  test("makes a file of each object that matches every criterion", async () => {
    const { files } = await mountObjects(
      '- { find: { prefix: prod/shop/, match: "[ab]$", tags: { team: shop } }, objectAlias: app }',
    );
    expect(files).toEqual({ "app/prod/shop/a": "A" });
  });

  test("renames, decodes", async () => {
    const rewrite = 'rewrite: [ { match: "^prod/", replace: "" }, { match: "/", replace: "-" } ]';
    const { files } = await mountObjects(`- { find: { prefix: prod/ }, ${rewrite} }`);
    expect(files).toEqual({ "shop-a": "A", "shop-b": "B", "pay-c": "C" });
    expect((await mountObjects("- { find: { match: ^encoded$ }, decode: base64 }")).files).toEqual({
      encoded: "hello",
    });
  });

  test("never cuts silently", async () => {
    const [problem] = await problemsOf("- { find: { prefix: prod/, max: 2 } }");
    expect(problem).toMatch(/find matches 3 objects, "prod\/shop\/a", "prod\/shop\/b", "prod\/pay\/c".* max is 2/u);
  });

  test("of nothing fails, unless the manifest says that this may be", async () => {
    expect((await problemsOf("- { find: { prefix: nothing } }"))[0]).toMatch(/no object of the store matches find/u);
    const { files } = await mountObjects("- { find: { prefix: no }, onMissing: skip }\n- { objectName: plain }");
    expect(files).toEqual({ plain: "some-secret" });
    expect((await problemsOf("- { find: { prefix: no }, onMissing: skip }"))[0]).toMatch(/never empty/u);
  });

  test("what vanishes between listing and read is a case of onMissing", async () => {
    const vanish = (store: ReturnType<typeof memory>) => {
      const connection = store.connect({});
      const listed = connection.list(
        { prefix: "prod/shop/", path: "", tags: new Map() },
        {} as never,
        new AbortController().signal,
      );
      store.connect = () => ({ ...connection, list: () => listed });
      store.objects.delete("prod/shop/a");
    };
    const error: unknown = await mountObjects("- { find: { prefix: prod/shop/ } }", vanish).catch((e: unknown) => e);
    expect(error).toMatchObject({ reason: "object_not_found" });
    const { files } = await mountObjects("- { find: { prefix: prod/shop/ }, onMissing: skip }", vanish);
    expect(files).toEqual({ "prod/shop/b": "B" });
  });
});

describe("missing objects", () => {
  test.each([
    { entry: "{ objectName: none, onMissing: skip }", files: {} },
    { entry: '{ objectName: none, onMissing: default, default: "info" }', files: { none: "info" } },
    { entry: '{ objectName: none, onMissing: default, default: "" }', files: { none: "" } },
    { entry: '{ objectName: db, jmesPath: absent, onMissing: default, default: "x" }', files: { db: "x" } },
    { entry: "{ objectName: db, jmesPath: gone, onMissing: skip }", files: {} },
    { entry: "{ objectName: empty, extract: true, onMissing: skip }", files: {} },
  ])("$entry", async ({ entry, files }) => {
    expect((await mountObjects(`- ${entry}\n- { objectName: plain, objectAlias: other }`)).files).toEqual({
      ...files,
      other: "some-secret",
    });
  });

  test("a refusal is no absence", async () => {
    const error: unknown = await mountObjects("- { objectName: denied, onMissing: skip }").catch((e: unknown) => e);
    expect(error).toMatchObject({ reason: "access_denied" });
  });
});

describe("fallback", () => {
  test("the first that has it wins, and the version names it", async () => {
    const entry =
      "{ objectName: none, objectAlias: key, fallback: [ { objectName: nope }, { objectName: db, jmesPath: username } ] }";
    const { files, versions } = await mountObjects(`- ${entry}`);
    expect(files).toEqual({ key: "shop" });
    expect(versions[0]?.version).toMatch(/@3:m$/u);
  });

  test("repeats only what differs", async () => {
    const entry = "{ objectName: none, jmesPath: port, objectAlias: f, fallback: [ { objectName: db } ] }";
    expect((await mountObjects(`- ${entry}`)).files).toEqual({ f: "5432" });
  });

  test("also from an object that lacks the selected value", async () => {
    const entry = "{ objectName: empty, jmesPath: username, objectAlias: f, fallback: [ { objectName: db } ] }";
    expect((await mountObjects(`- ${entry}`)).files).toEqual({ f: "shop" });
  });

  test("a refusal stops the chain unless it is listed", async () => {
    const entry = (on: string) => `- { objectName: denied, objectAlias: f, fallback: [ { objectName: plain${on} } ] }`;
    await expect(mountObjects(entry(""))).rejects.toMatchObject({ reason: "access_denied" });
    expect((await mountObjects(entry(", on: [denied]"))).files).toEqual({ f: "some-secret" });
  });
});

describe("named values", () => {
  test("make one map for an output, read once however many use them", async () => {
    const { files, asked } = await mountObjects(`
- { objectName: db, as: db, mount: false }
- { objectName: plain, as: text, mount: false }
- { objectName: none, as: none, onMissing: skip, mount: false }
- { from: [text, db, none], output: json, objectAlias: all.json }
- { objectName: db, jmesPath: nested, output: json, objectAlias: nested.json }
`);
    expect(JSON.parse(files["all.json"] ?? "")).toMatchObject({ text: "some-secret", db: { port: 5432 }, none: null });
    expect(files["all.json"]).toContain('"ratio":1.10');
    expect(files["nested.json"]).toBe('{"a":[1]}');
    expect(asked.filter((name) => name === "db")).toHaveLength(1);
  });
});

describe("decode", () => {
  test.each([
    { fields: "objectName: encoded, decode: base64", text: "hello" },
    { fields: "objectName: encoded, decode: auto", text: "hello" },
    { fields: "objectName: plain, decode: auto", text: "some-secret" },
    { fields: "objectName: encoded, decode: base64url", text: "hello" },
  ])("$fields", async ({ fields, text }) => {
    expect((await mountObjects(`- { ${fields}, objectAlias: f }`)).files).toEqual({ f: text });
  });
});

describe("what excludes each other is reported together, with what to remove", () => {
  test.each([
    [
      "{ objectName: a, find: { prefix: b } }",
      /objectName says already what the entry is made from; keep one of them/u,
    ],
    ["{ objectName: a, mount: false }", /without a file the object needs a name/u],
    ["{ objectName: a, as: x, extract: true, mount: false }", /it does not go with extract/u],
    ["{ objectName: a, extract: true, output: json }", /it does not go with output; remove extract, or output/u],
    ["{ objectName: a, rewrite: [] }", /it needs find; write it beside find, or inside extract/u],
    ["{ objectName: a, decode: auto, objectEncoding: hex }", /it does not go with objectEncoding/u],
    ["{ objectName: a, onMissing: default }", /default is missing/u],
    ["{ objectName: a, default: x }", /it needs onMissing/u],
    ["{ objectName: a, onMissing: skip, default: x }", /onMissing is not default/u],
    ["{ objectName: a, outputOptions: {} }", /it needs output/u],
    ["{ from: [a], objectAlias: f }", /it needs output/u],
    ["{ from: [], output: json, objectAlias: f }", /it is empty/u],
    ["{ from: [x], output: json, objectAlias: f }", /no object is named "x"/u],
    ["{ from: [a], output: json }", /objectAlias.*it is missing/u],
    ["{ objectName: a, output: jsn }", /did you mean json\?/u],
    ["{ objectName: a, as: 1x }", /it is no name/u],
    ["{ find: {} }", /it has no criterion/u],
    ["{ find: { path: x } }", /stores of kind memory have no path/u],
    ["{ find: { prefix: x, max: 1001 } }", /whole number from 1 to 1000/u],
    ["{ find: { prefix: x }, onMissing: default, default: y }", /a listing has no default/u],
    ["{ objectName: a, fallback: [ { objectName: b, on: [later] } ] }", /write some of: missing, unavailable, denied/u],
    ["{ objectName: a, fallback: [ { store: z } ] }", /there is no store of this name/u],
    ["{ objectName: a, fallback: [ { objctName: b } ] }", /did you mean objectName\?/u],
  ])("%s", async (entry, says) => {
    expect((await problemsOf(`- ${entry}`)).join("\n")).toMatch(says);
  });

  test("a name is given once", async () => {
    const entries = "- { objectName: db, as: x, mount: false }\n- { objectName: plain, as: x }";
    expect((await problemsOf(entries)).join("\n")).toMatch(/another object has the same name/u);
  });
});

describe("a store that changes between the listing and the reads", () => {
  test.each([
    { is: "an object that vanished fails the Mount", more: "", expected: "object_not_found" },
    { is: "unless it may", more: ", onMissing: skip", expected: "prod/shop/b" },
  ])("$is", async ({ more, expected }) => {
    const outcome = await mountObjects(`- { find: { prefix: prod/shop/ }${more} }`, (store) => {
      const { get } = store.objects;
      // The listing goes over all entries; only a read asks for one.
      store.objects.get = (name) => (name === "prod/shop/a" ? undefined : get.call(store.objects, name));
    }).catch((thrown: unknown) => thrown);
    const said =
      outcome instanceof MountError ? outcome.reason : Object.keys((outcome as { files: object }).files).join();
    expect(said).toBe(expected);
  });

  test("an object that appeared meanwhile is not there yet", async () => {
    const { files } = await mountObjects("- { find: { prefix: prod/shop/ } }", (store) => {
      const { get } = store.objects;
      store.objects.get = (name) => {
        store.objects.set("prod/shop/new", { content: Buffer.from("N"), version: "1" });
        return get.call(store.objects, name);
      };
    });
    expect(files).toEqual({ "prod/shop/a": "A", "prod/shop/b": "B" });
  });
});
