import { expect, test } from "@jest/globals";
import { goBase64 } from "../../../../src/text/go/base64.ts";
import { goText } from "../../../../src/text/go/text.ts";

test.each([
  ["68656c6c6f", "hello"],
  ["c3a9f09f9880", "é😀"],
  ["efbbbf61", "\ufeffa"],
  ["61ff62", "a\ufffdb"],
  ["e28061", "\ufffd\ufffda"],
  ["f09f98", "\ufffd\ufffd\ufffd"],
  ["eda080", "\ufffd\ufffd\ufffd"],
  ["c080", "\ufffd\ufffd"],
  ["f4908080", "\ufffd\ufffd\ufffd\ufffd"],
  ["", ""],
])("bytes %s are the text %j", (hex, expected) => {
  expect(goText(Buffer.from(hex, "hex"))).toBe(expected);
});

test.each([
  ["aGVsbG8=", "hello"],
  ["aGVs\nbG8=\r\n", "hello"],
  ["", ""],
  ["YR==", "a"],
  ["YQ", undefined],
  ["YQ=", undefined],
  ["_-8=", undefined],
  ["YQ== ", undefined],
  ["YQ==YQ==", undefined],
])("base64 %j is %j", (text, expected) => {
  expect(goBase64(text)?.toString()).toBe(expected);
});
