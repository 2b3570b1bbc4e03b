import { describe, expect, test } from "@jest/globals";
import { createOnce } from "../../../src/mount/once.ts";
import { render } from "../../../src/mount/render.ts";
import { defaultFileMode, type ObjectPath } from "../../../src/model/file.ts";
import type { Found } from "../../../src/model/outcome.ts";
import { planSingles, planStore, type Encoding, type SingleObject } from "../../../src/model/plan.ts";
import { partFile } from "../../../src/dialects/keyferry/object-file.ts";
import { CompiledExpression } from "../../../src/text/jmespath/index.ts";
import { Secret } from "../../../src/model/secret.ts";
import { found, ScriptedStore } from "../../fakes/scripted-store.ts";
import { SharedThread } from "../../../src/compute/shared-thread.ts";
import { InProcess } from "../../../src/compute/in-process.ts";
import { workers } from "../../../src/wiring/workers.ts";
import type { RenderContext } from "../../../src/model/plan.ts";

const compute = new InProcess(workers);
const alone = new SharedThread({ monotonic: () => 0 }).share({ tenant: "shop", signal: new AbortController().signal });
const inProcess: RenderContext["run"] = (job, input) =>
  compute.run(job, input, { tenant: "shop", signal: new AbortController().signal });

const store = new ScriptedStore(() => found("x"));
const forever = new AbortController().signal;

function planned(index: number, select?: string, encoding: Encoding = "utf-8"): SingleObject {
  const path = `f${index}` as ObjectPath;
  const read = store.read(path);
  const selection = select === undefined ? undefined : new CompiledExpression(select);
  const spec = { encoding, select: selection, decoding: undefined };
  const file = { path, mode: defaultFileMode, spec, suffix: "" };
  const planned = planStore("db", store, { address: "a" });
  return {
    index,
    name: path,
    store: planned,
    read,
    paths: [path],
    render: async (found, context) => {
      const made = await partFile(file, { name: "", found }, context);
      return { files: [made.file], versions: [made.version] };
    },
  };
}

/** The entries, each of which finds this. */
function renderAll(objects: readonly SingleObject[], found: Found, run = inProcess) {
  const plan = planSingles(objects, "refused");
  const fetched = plan.reads.map(
    (read) => [read, { found, source: "fetched", candidate: read.candidates[0] }] as const,
  );
  return render(
    plan,
    new Map(fetched),
    {
      signal: forever,
      hmacKey: () => Promise.resolve(undefined),
      run,
      once: createOnce(),
    },
    alone,
  );
}

function holding(text: string, more: Partial<Found> = {}): Found {
  return { kind: "found", value: Secret.fromText(text), version: "7", ...more };
}

async function renderOne(object: SingleObject, content: Found): Promise<string> {
  const [rendered] = await renderAll([object], content);
  const bytes = rendered?.output.files[0]?.content.reveal() ?? Buffer.alloc(0);
  return Buffer.from(bytes).toString("utf8");
}

describe("a large object", () => {
  const values = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${at}`, at]));
  const foundText = (text: string): Found => ({ kind: "found", value: Secret.fromText(text), version: "1" });
  const large = foundText(`{"version":1.10,"big":12345678901234567890,"v":${JSON.stringify(values)}}`);

  test("is read once, beside the thread, for all that is selected from it; numbers stay as they stand", async () => {
    const ran: string[] = [];
    const run: RenderContext["run"] = (job, input) => {
      ran.push(job.name);
      return inProcess(job, input);
    };
    const entries = [planned(0, "version"), planned(1, "big"), planned(2, "v.k19999")];
    const rendered = await renderAll(entries, large, run);
    const texts = rendered.flatMap(({ output }) => output.files.map(({ content }) => content.revealText()));
    expect(texts).toEqual(["1.10", "12345678901234567890", "19999"]);
    expect(ran).toEqual(["read-tree"]);
  });

  test("with too many values is refused by name", async () => {
    const many = foundText(`[${"0,".repeat(150_000)}0]`);
    await expect(renderAll([planned(0, "[0]")], many)).rejects.toMatchObject({
      reason: "budget_exceeded",
      message: expect.stringContaining("more than 100000 values") as unknown,
    });
  });
});

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
    const both = [planned(0, "a"), planned(1, "b")];
    await expect(renderAll(both, holding("{}"))).rejects.toThrow(/object 1 "f0".*\n.*object 2 "f1"/);
  });

  test("a version is the store's, and changes when the way the file is made does", async () => {
    const versions = await Promise.all(
      [planned(0), planned(0, "a"), planned(0, "b"), planned(0, "a")].map(async (object) => {
        const content = holding('{"a":"1","b":"2"}');
        const [rendered] = await renderAll([object], content);
        return rendered?.output.versions[0]?.version;
      }),
    );
    expect(versions[0]).toBe("7");
    expect(new Set(versions).size).toBe(3);
    expect(versions[1]).toBe(versions[3]);
  });
});
