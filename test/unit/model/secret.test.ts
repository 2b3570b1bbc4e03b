import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { Secret } from "../../../src/model/secret.ts";

describe("Secret", () => {
  const secret = Secret.fromText("pässword");

  test.each([
    ["a template literal", `value: ${String(secret)}`],
    ["string conversion", String(secret)],
    ["toString", secret.toString()],
    ["JSON", JSON.stringify({ secret })],
    ["inspection", inspect({ secret }, { depth: 9, showHidden: true })],
  ])("%s shows no byte of it", (_, shown) => {
    expect(shown).toContain("[secret]");
    expect(shown).not.toContain("word");
  });

  test("reveals exactly its bytes", () => {
    expect(Buffer.from(secret.reveal()).toString("hex")).toBe("70c3a47373776f7264");
    expect(secret.revealText()).toBe("pässword");
    expect(secret.size).toBe(9);
  });

  test("has no bytes left once wiped", () => {
    const bytes = Buffer.from("gone");
    const wiped = new Secret(bytes);
    wiped.wipe();
    expect([...bytes]).toEqual([0, 0, 0, 0]);
  });
});
