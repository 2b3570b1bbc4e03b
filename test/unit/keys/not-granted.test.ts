import { expect, test } from "@jest/globals";
import { createKeyring } from "../../../src/keys/keyring.ts";
import { keyNotGranted } from "../../../src/keys/not-granted.ts";
import type { KeySource } from "../../../src/model/key.ts";

const key = (...namespaces: readonly string[]): KeySource => ({ name: "k", kind: "age", file: "/k", namespaces });

test.each([
  ["no key at all", [], "no-keys"],
  ["keys of others", [key("bank"), key("team-*")], "none-granted"],
  ["a key for the namespace", [key("bank"), key("sh*")], "granted"],
] as const)("%s", (_, sources, standing) => {
  expect(createKeyring(sources).standing("shop")).toBe(standing);
});

test("each standing has a sentence of its own", () => {
  const standings = ["no-keys", "none-granted", "granted"] as const;
  const texts = standings.map((standing) => {
    return keyNotGranted({ standing, namespace: "shop", purpose: "for eyaml", which: "of kind eyaml" }).message;
  });
  expect(texts).toEqual([
    expect.stringMatching(/^this provider is configured without any key,.*--config FILE.*shop/u),
    expect.stringMatching(/^no key is granted to namespace shop,/u),
    expect.stringMatching(/^no key for eyaml is granted to namespace shop;/u),
  ]);
});
