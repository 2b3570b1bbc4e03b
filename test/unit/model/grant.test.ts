import { describe, expect, test } from "@jest/globals";
import { isGranted } from "../../../src/model/grant.ts";

describe("isGranted", () => {
  test.each([
    ["shop", "shop"],
    ["team-*", "team-a"],
    ["team-*", "team-"],
    ["*", "anything"],
    ["a*b*c", "aXbYc"],
    ["a*b", "ab"],
    ["*-dev", "shop-dev"],
  ])("%j covers %j", (pattern, namespace) => {
    expect(isGranted(["none", pattern], namespace)).toBe(true);
  });

  test.each([
    ["shop", "shop2"],
    ["shop", "Shop"],
    ["team-*", "team"],
    ["team-*", "xteam-a"],
    ["a*b*c", "acb"],
    ["ab*ba", "aba"],
    ["", "shop"],
    ["s.op", "shop"],
  ])("%j does not cover %j", (pattern, namespace) => {
    expect(isGranted([pattern], namespace)).toBe(false);
  });

  test("nothing covers nothing", () => {
    expect(isGranted([], "shop")).toBe(false);
  });
});
