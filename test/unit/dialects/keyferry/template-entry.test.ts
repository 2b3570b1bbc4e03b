import { describe, expect, test } from "@jest/globals";
import { mountNative, nativeProblems, type NativeObjects } from "../../../fakes/native-mount.ts";

const dbText = '{"username":"shop","password":"p:w d"}';

const stored: NativeObjects = {
  db: dbText,
  banner: "hello",
  raw: { content: Buffer.from([0xff]) },
};

const named =
  "- { objectName: db, as: db, mount: false }\n- { objectName: banner, as: banner, onMissing: skip, mount: false }\n";

describe("a template", () => {
  test("makes one file of several values", async () => {
    const { files, asked } = await mountNative(
      stored,
      `${named}- objectAlias: app.env
  template: |
    URL=postgres://{{ db.username | url_encode }}:{{ db.password | url_encode }}@db/shop
    {% if banner %}BANNER={{ banner | dotenv_value }}{% endif %}
  filePermission: "0400"`,
    );
    expect(files).toEqual({ "app.env": "URL=postgres://shop:p%3Aw%20d@db/shop\nBANNER=hello\n" });
    expect([...asked].sort()).toEqual(["banner", "db"]);
  });

  test("may be a parameter of the manifest, which then counts as used", async () => {
    const { files } = await mountNative(stored, `${named}- { objectAlias: f, templateFrom: app.tmpl }`, {
      "app.tmpl": "{{ db.username }}",
    });
    expect(files).toEqual({ f: "shop" });
  });

  test("sees null for an object that is missing and may be", async () => {
    const { files } = await mountNative(
      { db: dbText },
      `${named}- { objectAlias: f, template: "[{% if banner %}x{% endif %}{{ banner }}]" }`,
    );
    expect(files).toEqual({ f: "[]" });
  });

  test("sees what jmesPath selects, what decode decodes, and bytes", async () => {
    const { files } = await mountNative(
      { ...stored, b64: "aGk=" },
      `
- { objectName: db, as: user, jmesPath: username, mount: false }
- { objectName: b64, as: b64, decode: base64, mount: false }
- { objectName: raw, as: raw, mount: false }
- { objectAlias: f, template: "{{ user }} {{ b64 }} {{ raw | hex }}" }`,
    );
    expect(files).toEqual({ f: "shop hi ff" });
  });

  test("has a version that changes with its inputs and its text, and with nothing else", async () => {
    const entry = (text: string) => `${named}- { objectAlias: f, template: "${text}" }`;
    const versionOf = async (text: string, more: NativeObjects = {}) => {
      const { versions } = await mountNative({ ...stored, ...more }, entry(text));
      return versions.map(({ version }) => version).join();
    };
    const first = await versionOf("{{ db.username }}");
    expect(await versionOf("{{ db.username }}")).toBe(first);
    expect(await versionOf("{{ db.username }} ")).not.toBe(first);
    const db = { content: Buffer.from(dbText), version: "2" };
    expect(await versionOf("{{ db.username }}", { db })).not.toBe(first);
    expect(await versionOf("{{ db.username }}", { banner: { content: Buffer.from("x"), version: "2" } })).toBe(first);
  });
});

describe("mistakes are found before anything is read", () => {
  test.each([
    [
      '{ objectAlias: f, template: "a\\n{{ dbb.username }}" }',
      /template.*line 2, column 4: no object is named "dbb"; did you mean db\?/u,
    ],
    ["{ objectAlias: f, template: '{{ nothing }}' }", /known names: db, banner/u],
    [
      "{ objectAlias: f, template: '{{ db.username | upcas }}' }",
      /line 1, column 1: there is no filter "upcas"; did you mean upcase\?/u,
    ],
    ["{ template: x }", /objectAlias.*it is missing/u],
    ["{ objectAlias: f, template: '' }", /template.*it is empty/u],
    ["{ objectAlias: f, templateFrom: nope }", /there is no parameter "nope"/u],
    ["{ objectAlias: f, template: x, templateFrom: y }", /template says already what the entry is made from/u],
    ["{ objectAlias: f, objectName: db, template: x }", /objectName says already/u],
    ["{ objectAlias: f, template: x, output: json }", /output.*it does not go with template/u],
    ["{ objectAlias: f, template: x, jmesPath: y }", /jmesPath.*it does not go with template/u],
    ["{ objectAlias: f, template: x, onMissing: skip }", /onMissing.*it does not go with template/u],
    ["{ objectAlias: f, template: x, fallback: [] }", /fallback.*it does not go with template/u],
  ])("%s", async (entry, says) => {
    expect((await nativeProblems(stored, `${named}- ${entry}`)).join("\n")).toMatch(says);
  });

  test("templates of one manifest have a bound together", async () => {
    const entry = (at: number) => `- { objectAlias: f${at}, template: "${"{{ db.username }}".repeat(450)}" }\n`;
    const problems = await nativeProblems(stored, named + [1, 2, 3, 4, 5].map(entry).join(""));
    expect(problems.join("\n")).toMatch(/more than 2000 outputs and tags together/u);
  });

  test("also of the characters in their outputs and tags", async () => {
    const entry = (at: number) =>
      `- { objectAlias: f${at}, template: "{{ db.username${" | upcase".repeat(1800)} }}" }\n`;
    const problems = await nativeProblems(stored, named + [1, 2, 3, 4, 5].map(entry).join(""));
    expect(problems.join("\n")).toMatch(/more than 65536 characters together/u);
  });

  test("every mistake is named at once", async () => {
    const problems = await nativeProblems(
      stored,
      `${named}- { objectAlias: f, template: "{{ a }}{{ b }}" }\n- { objectAlias: g, template: "{{ c | nope }}" }`,
    );
    expect(problems.join("\n")).toMatch(/"a"[^]*"b"[^]*"nope"/u);
  });
});

test("an error of rendering names the object, the line and the column", async () => {
  const [problem] = await nativeProblems(stored, `${named}- { objectAlias: app.env, template: "{{ db.user_name }}" }`);
  expect(problem).toMatch(
    /^object 3 "app\.env" \(store m\): line 1, column 4 of the template: "db\.user_name" is not there; did you mean username\?/u,
  );
});
