import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { goJson, parseGoJson } from "../../src/text/go/json.ts";
import { goText } from "../../src/text/go/text.ts";
import { GoYamlError } from "../../src/text/go/yaml-node.ts";
import { goValue } from "../../src/text/go/yaml-values.ts";
import { parseGoYaml } from "../../src/text/go/yaml.ts";

const nothingLost = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("JSON", () => {
  test("written again it means the same", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(goJson(parseGoJson(JSON.stringify(value))))).toEqual(nothingLost(value));
      }),
    );
  });

  test("written twice it is the same text, whatever stands after it", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), fc.string(), (value, tail) => {
        const once = goJson(parseGoJson(JSON.stringify(value)));
        expect(goJson(parseGoJson(once + tail, "ignored"))).toBe(once);
      }),
    );
  });
});

describe("JSON, broken or not", () => {
  const piece = fc.constantFrom(
    ...[
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      " ",
      "\n",
      '"a"',
      '"',
      "\\",
      '"\\u0041"',
      '"\\x"',
      "0",
      "-",
      "1.5",
      "01",
      "1e3",
      "1.",
      ".5",
    ],
    ...["true", "false", "null", "tru", "\u0001", '"\\""', '"\\\\"', '{"a":1}', "[1]", "e", "+", "\ud800"],
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
    fc
      .tuple(fc.json(), fc.nat(), piece)
      .map(([json, at, scrap]) => json.slice(0, at % (json.length + 1)) + scrap + json.slice(at % (json.length + 1))),
  );
  const accepts = (parse: (text: string) => unknown, of: string): boolean => {
    try {
      parse(of);
      return true;
    } catch (thrown) {
      if (thrown instanceof SyntaxError) return false;
      throw thrown;
    }
  };

  test("is taken exactly where the runtime takes it", () => {
    fc.assert(
      fc.property(text, (any) => {
        expect([any, accepts(parseGoJson, any)]).toEqual([any, accepts(JSON.parse, any)]);
      }),
      { numRuns: 3000 },
    );
  });
});

/** 0 for a text that is taken; throws what is no refusal. */
function lineOfRefusal(text: string): number {
  try {
    const node = parseGoYaml(text);
    if (node !== undefined) goValue(node);
    return 0;
  } catch (error) {
    if (error instanceof GoYamlError) return error.line;
    throw error;
  }
}

describe("YAML", () => {
  const scrap = fc.constantFrom(
    ..."k a : - ? [ ] { } , # & * ! | > ' \" % @ ` ~ << 0x1 .inf \n \t \r --- ... &a *a !!int".split(" "),
    "\n",
    "  ",
    " ",
  );

  test("any text is read or refused with a place in it", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(scrap).map((parts) => parts.join("")),
        ),
        (text) => {
          expect(lineOfRefusal(text)).toBeLessThanOrEqual(text.split(/[\n\r]/u).length + 1);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("JSON in ASCII is YAML of the same meaning", () => {
    const key = fc.stringMatching(/^[a-z]{1,8}$/);
    const scalar = fc.oneof(fc.stringMatching(/^[ -.0-~]*$/), fc.boolean(), fc.constant(null), fc.integer());
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        scalar,
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(key, tie("value"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.record({ k: value }), (root) => {
        const node = parseGoYaml(JSON.stringify(root));
        expect(node === undefined ? undefined : JSON.parse(goJson(goValue(node)))).toEqual(nothingLost(root));
      }),
    );
  });
});

test("bytes are read as the platform reads them where they are UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(goText(Buffer.from(text, "utf8"))).toBe(text.toWellFormed());
    }),
  );
});
