import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MountError } from "../../../../src/model/error.ts";
import { parseEntries } from "../../../../src/stores/gcp/dialect-entries.ts";
import { extract } from "../../../../src/stores/gcp/extract.ts";
import { Issues } from "../../../../src/text/issues.ts";
import { readVector } from "../../../vectors/vectors.ts";

const rows = (name: string): unknown => JSON.parse(readVector(`gcp/${name}.json`));
const name = "projects/p/secrets/s/versions/1";

interface Extracted {
  readonly payloadB64: string;
  readonly key: string;
  readonly valueB64?: string;
  readonly error?: "parse" | "missing" | "type";
}

/** What is extracted, as base64, or which kind of error it is. */
function outcome(payload: Uint8Array, format: "JSON" | "YAML", key: string): string {
  try {
    return Buffer.from(extract(payload, { format, key })).toString("base64");
  } catch (error) {
    if (!(error instanceof MountError)) throw error;
    if (error.reason === "select_no_match") return "missing";
    return error.message.startsWith("unsupported value type") ? "type" : "parse";
  }
}

describe.each(["JSON", "YAML"] as const)("a key of a %s payload", (format) => {
  const table = (rows(`extract-${format.toLowerCase()}`) as readonly Extracted[]).filter(({ key }) => key !== "");
  test.each(table.map((row) => [Buffer.from(row.payloadB64, "base64").toString(), row.key, row] as const))(
    "%j, %j",
    (_, key, { payloadB64, valueB64, error }) => {
      expect(outcome(Buffer.from(payloadB64, "base64"), format, key)).toBe(error ?? valueB64);
    },
  );

  test("of any bytes is a text or a refusal", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        fc.string(),
        (bytes, key) => {
          expect(typeof outcome(bytes, format, key)).toBe("string");
        },
      ),
    );
  });

  test("of an object is its text", () => {
    const texts = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[ -.0-~]*$/), { minKeys: 1 });
    fc.assert(
      fc.property(texts, (object) => {
        const [entry] = Object.entries(object);
        const [key, value] = entry ?? ["", ""];
        expect(outcome(Buffer.from(JSON.stringify(object)), format, key)).toBe(Buffer.from(value).toString("base64"));
      }),
    );
  });
});

function parse(text: string) {
  const issues = new Issues();
  const entries = parseEntries(text, issues);
  return { entries, problem: issues.toError()?.message };
}

describe("modes", () => {
  interface Mode {
    readonly yaml: string;
    readonly mode?: number | null;
    readonly error?: true;
  }
  test.each((rows("mode") as readonly Mode[]).map((row) => [row.yaml, row] as const))("%j", (yaml, { mode, error }) => {
    const { entries, problem } = parse(yaml.replace("resourceName: r", `resourceName: ${name}`));
    const refused = error === true;
    expect([problem !== undefined, entries[0]?.mode ?? null]).toEqual([refused, refused ? null : mode]);
  });
});

describe("lists", () => {
  interface List {
    readonly yamlB64: string;
    readonly error?: true;
    readonly items?: readonly ({
      readonly resourceName: string;
      readonly path: string;
      readonly fileName: string;
    } | null)[];
  }
  test.each(
    (rows("secrets-list") as readonly List[]).map(
      (row) => [Buffer.from(row.yamlB64, "base64").toString(), row] as const,
    ),
  )("%j", (text, { error, items = [] }) => {
    const { entries, problem } = parse(text);
    const usable = items.filter((item) => item?.resourceName.startsWith("projects/") === true);
    const refused = error === true || usable.length !== items.length || items.length === 0;
    // A list that the official provider reads may still be refused here for its paths and names.
    expect(refused && problem === undefined).toBe(false);
    expect(problem === undefined ? entries.map(({ resourceName }) => resourceName) : []).toEqual(
      problem === undefined ? usable.map((item) => item?.resourceName) : [],
    );
  });
});
