import { describe, expect, test } from "@jest/globals";
import { defaultFileMode, parseObjectPath } from "../../../src/model/file.ts";
import { Secret } from "../../../src/model/secret.ts";
import { MountRequest, MountResponse } from "../../../src/wire/provider.ts";
import { encodeResponse, fromWire } from "../../../src/serve/wire.ts";

const path = parseObjectPath("conf/db");

describe("fromWire", () => {
  test("keeps the four texts and drops the versions", () => {
    const message = {
      attributes: "{}",
      secrets: "null",
      targetPath: "/t",
      permission: "420",
      currentObjectVersion: [{ id: "a", version: "1" }],
    };
    const decoded = MountRequest.decode(MountRequest.encode(message));
    expect(fromWire(decoded)).toEqual({ attributes: "{}", secrets: "null", targetPath: "/t", permission: "420" });
  });
});

describe("encodeResponse", () => {
  test("writes bytes exactly, also out of the middle of a larger buffer", () => {
    const bytes = Buffer.from("xx00ff0a80xx".replaceAll("x", "11"), "hex").subarray(2, 6);
    const octets = encodeResponse({
      files: path === undefined ? [] : [{ path, mode: defaultFileMode, content: new Secret(bytes) }],
      versions: [{ id: "conf/db", version: "7" }],
    });
    const decoded = MountResponse.decode(octets);
    expect(decoded.error).toBeUndefined();
    expect(decoded.objectVersion).toEqual([{ id: "conf/db", version: "7" }]);
    expect(decoded.files.map((file) => [file.path, file.mode, file.contents.toString("hex")])).toEqual([
      ["conf/db", 420, "00ff0a80"],
    ]);
  });
});
