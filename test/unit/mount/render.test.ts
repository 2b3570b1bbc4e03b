import { describe, expect, test } from "@jest/globals";
import { render } from "../../../src/mount/render.ts";
import { defaultFileMode, type ObjectPath } from "../../../src/model/file.ts";
import type { Found } from "../../../src/model/outcome.ts";
import type { Encoding, PlannedObject } from "../../../src/model/plan.ts";
import { Secret } from "../../../src/model/secret.ts";
import { found, ScriptedStore } from "../../fakes/scripted-store.ts";

const store = new ScriptedStore(() => found("x"));
const forever = new AbortController().signal;

function planned(index: number, select?: string, encoding: Encoding = "utf-8"): PlannedObject {
  const path = `f${index}` as ObjectPath;
  const selection = select === undefined ? {} : { select: { expression: select } };
  return {
    index,
    name: path,
    store: { name: "db", store, params: null },
    ref: path,
    output: { kind: "standard", path, mode: defaultFileMode, encoding, ...selection },
  };
}

function holding(text: string, more: Partial<Found> = {}): Found {
  return { kind: "found", value: Secret.fromText(text), version: "7", ...more };
}

async function renderOne(object: PlannedObject, content: Found): Promise<string> {
  const [rendered] = await render([{ object, found: content, source: "fetched" }], forever);
  const bytes = rendered?.output.files[0]?.content.reveal() ?? Buffer.alloc(0);
  return Buffer.from(bytes).toString("utf8");
}

describe("render", () => {
  test.each([
    { is: "the bytes as they are", text: "s3cret", file: "s3cret" },
    { is: "a text of a JSON object", text: '{"a":{"b":"x"}}', select: "a.b", file: "x" },
    { is: "a number digit for digit", text: '{"a":12345678901234567890}', select: "a", file: "12345678901234567890" },
    { is: "a list", text: '{"a":[1,true,null]}', select: "a", file: "[1,true,null]" },
    { is: "a text of a YAML object", text: "a:\n  b: x\n", select: "a.b", file: "x" },
    { is: "base64", text: "aGk=\n", encoding: "base64" as const, file: "hi" },
    { is: "hex of a selected text", text: '{"a":"6869"}', select: "a", encoding: "hex" as const, file: "hi" },
  ])("makes a file of $is", async ({ text, select, encoding, file }) => {
    expect(await renderOne(planned(0, select, encoding), holding(text))).toBe(file);
  });

  test("takes the store's own data before a parse of the text", async () => {
    const tree = () => ({ a: "from data" });
    expect(await renderOne(planned(0, "a"), holding('{"a":"from text"}', { tree }))).toBe("from data");
  });

  test.each([
    { is: "a selection that finds nothing", text: "{}", select: "a", reason: "select_no_match" },
    { is: "a selection of null", text: '{"a":null}', select: "a", reason: "select_no_match" },
    { is: "a selection of plain text", text: "hunter2: [", select: "a", reason: "select_no_match" },
    { is: "text that is not base64", text: "hunter2!", encoding: "base64" as const, reason: "decode_failed" },
  ])("refuses $is without showing it", async ({ text, select, encoding, reason }) => {
    const error: unknown = await renderOne(planned(0, select, encoding), holding(text)).catch((e: unknown) => e);
    expect(error).toMatchObject({ reason, context: { index: 0, object: "f0", store: "db" } });
    expect((error as Error).message).not.toContain("hunter2");
  });

  test("names every object that fails", async () => {
    const both = [planned(0, "a"), planned(1, "b")].map((object) => ({
      object,
      found: holding("{}"),
      source: "fetched" as const,
    }));
    await expect(render(both, forever)).rejects.toThrow(/object 1 "f0".*\n.*object 2 "f1"/);
  });

  test("a version is the store's, and changes when the way the file is made does", async () => {
    const versions = await Promise.all(
      [planned(0), planned(0, "a"), planned(0, "b"), planned(0, "a")].map(async (object) => {
        const content = holding('{"a":"1","b":"2"}');
        const [rendered] = await render([{ object, found: content, source: "fetched" }], forever);
        return rendered?.output.versions[0]?.version;
      }),
    );
    expect(versions[0]).toBe("7");
    expect(new Set(versions).size).toBe(3);
    expect(versions[1]).toBe(versions[3]);
  });
});
