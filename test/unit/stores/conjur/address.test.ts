import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isPathPart, parseAddress, pathPart, serviceOf } from "../../../../src/stores/conjur/address.ts";
import { idProblem, variableId } from "../../../../src/stores/conjur/variable-id.ts";

describe("an address", () => {
  test.each([
    ["https://c", "https://c"],
    ["https://c/", "https://c"],
    ["https://C:443/x//", "https://c/x"],
    ["http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api"],
  ])("%s is %s", (text, url) => {
    expect(parseAddress(text)).toEqual({ kind: "url", url });
  });

  test.each([
    "",
    "c",
    "ftp://c",
    "https://",
    "https://u@c",
    "https://c?x",
    "https://c#x",
    "https://c/%zz",
    "https://c d",
  ])("%j is refused", (text) => {
    expect(parseAddress(text).kind).toBe("refused");
  });
});

test.each([
  ["authn-jwt/kube", "kube"],
  ["conjur/authn-jwt/a/b", "a/b"],
  ["kube", "kube"],
  ["authn-jwt/", ""],
])("the service of %s is %j", (authnId, service) => {
  expect(serviceOf(authnId)).toBe(service);
});

test("a part of a path stays where it is put", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
      fc.pre(isPathPart(text));
      const url = new URL(`https://c/a/${pathPart(text)}/b`);
      expect(url.pathname.split("/").map(decodeURIComponent)).toEqual(["", "a", text, "b"]);
    }),
  );
});

test.each([
  ["x", "x"],
  ["variable:x", "x"],
  ["acct:variable:x", "x"],
  ["other:variable:x", "other:variable:x"],
  ["a:b", "a:b"],
  ["variable:variable:x", "variable:x"],
])("%s is variable %s", (text, id) => {
  expect(variableId(text, "acct")).toBe(id);
});

test.each(["", "a\nb", "a\u0000", "x".repeat(2001), "\ud800"])("%j is no id", (id) => {
  expect(idProblem(id)).toBeDefined();
});
