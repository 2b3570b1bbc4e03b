import { describe, expect, test } from "@jest/globals";
import Ajv from "ajv";
import fc from "fast-check";
import type { Rule } from "../../src/model/setting.ts";
import { parseDuration } from "../../src/text/codecs/duration.ts";
import {
  booleanRule,
  choiceRule,
  durationRule,
  hostRule,
  integerRule,
  listenRule,
  namespaceRule,
  pathRule,
  textRule,
} from "../../src/text/rules.ts";
import { urlRule } from "../../src/text/url-rules.ts";

const rules: readonly (readonly [string, Rule<unknown>])[] = [
  ["boolean", booleanRule],
  ["duration", durationRule()],
  ["integer", integerRule(0, 65_535)],
  ["choice", choiceRule(["info", "warn"])],
  ["text", textRule],
  ["path", pathRule],
  ["namespace", namespaceRule],
  ["host", hostRule],
  ["listen address", listenRule],
  ["URL", urlRule({ http: "any", unix: true })],
];

const number = fc.nat(999).map(String);
const near = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom("true", "F", "1", "info", "team-*", "unix:///a", "[::1]:80", "localhost:0", "::1"),
  fc
    .array(fc.tuple(number, fc.constantFrom("h", "m", "s", "ms")), { maxLength: 4 })
    .map((parts) => parts.flat().join("")),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.domain(),
  number,
);

describe("every rule of a setting", () => {
  test.each(rules)("%s: its schema takes whatever its parser takes, and it never throws", (_, rule) => {
    const validate = new Ajv().compile(rule.schema);
    fc.assert(
      fc.property(near, (text) => rule.parse(text).kind === "problem" || validate(text) === true),
      { numRuns: 2_000 },
    );
  });

  test.each(rules)("%s: a problem never repeats the text", (_, rule) => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{8,20}!$/u);
    fc.assert(
      fc.property(secret, (text) => {
        const parsed = rule.parse(text);
        return parsed.kind === "value" || !parsed.problem.includes(text);
      }),
    );
  });
});

test("a duration's schema takes what its parser takes and nothing else, whatever units there are", () => {
  const validate = new Ajv().compile(durationRule().schema);
  const units = fc.array(fc.tuple(number, fc.constantFrom("h", "m", "s", "ms")), { maxLength: 5 });
  fc.assert(
    fc.property(units, (parts) => {
      const text = parts.flat().join("");
      expect([text, validate(text)]).toEqual([text, parseDuration(text) !== undefined]);
    }),
    { numRuns: 2_000 },
  );
});
