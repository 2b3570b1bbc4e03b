import { describe, expect, test } from "@jest/globals";
import { loadProto } from "../../../src/wire/load-proto.ts";
import {
  MountRequest,
  MountResponse,
  providerMethods,
  VersionRequest,
  VersionResponse,
} from "../../../src/wire/provider.ts";

const answer: MountResponse = {
  objectVersion: [
    { id: "db", version: "7" },
    { id: "e", version: "" },
  ],
  error: undefined,
  files: [
    { path: "db", mode: 420, contents: Buffer.from("s3cret") },
    { path: "", mode: 0, contents: Buffer.alloc(0) },
    { path: "n", mode: -1, contents: Buffer.from([0, 255]) },
  ],
};

/** As the code that protoc-gen-ts_proto made from the same file wrote them. */
const octets = {
  request: "0a0a7b2261223a22c3bc227d12046e756c6c1a022f7422033432302a002a060a0178120131",
  answer: "0a070a0264621201370a030a01651a0f0a02646210a4031a067333637265741a001a120a016e10ffffffffffffffffff011a0200ff",
};

const request: MountRequest = {
  attributes: '{"a":"ü"}',
  secrets: "null",
  targetPath: "/t",
  permission: "420",
  currentObjectVersion: [
    { id: "", version: "" },
    { id: "x", version: "1" },
  ],
};

describe("the octets", () => {
  test.each([
    ["VersionRequest", VersionRequest.encode({ version: "v1alpha1" }), "0a087631616c70686131"],
    [
      "VersionResponse",
      VersionResponse.encode({ version: "v1alpha1", runtimeName: "keyferry", runtimeVersion: "1.2.3" }),
      "0a087631616c7068613112086b657966657272791a05312e322e33",
    ],
    ["MountRequest", MountRequest.encode(request), octets.request],
    ["MountResponse", MountResponse.encode(answer), octets.answer],
    ["an error without code", MountResponse.encode({ error: { code: "" } }), "1200"],
    ["an error", MountResponse.encode({ error: { code: "X" } }), "12030a0158"],
    ["nothing", MountResponse.encode({}), ""],
  ])("of %s are the ones that other encoders write", (_, encoded, expected) => {
    expect(encoded.toString("hex")).toBe(expected);
  });

  test("are read back to what they were made from", () => {
    expect(MountRequest.decode(Buffer.from(octets.request, "hex"))).toEqual(request);
    expect(MountResponse.decode(Buffer.from(octets.answer, "hex"))).toEqual(answer);
    expect(MountResponse.decode(MountResponse.encode({ error: { code: "X" } })).error).toEqual({ code: "X" });
  });

  test("that are missing are proto3's defaults", () => {
    expect(MountResponse.decode(Buffer.alloc(0))).toEqual({ objectVersion: [], error: undefined, files: [] });
    expect(MountRequest.decode(Buffer.alloc(0))).toEqual({
      attributes: "",
      secrets: "",
      targetPath: "",
      permission: "",
      currentObjectVersion: [],
    });
  });

  test("of fields that the file does not know are skipped, whatever their wire type", () => {
    const unknown = ["fb07f8070afc07", "f8070a", "f907" + "00".repeat(8), "fa0703616263", "fd0700000000"].join("");
    const got = MountRequest.decode(Buffer.from(unknown + octets.request + unknown, "hex"));
    expect(got).toEqual(request);
  });

  test.each([
    ["a text cut off", "0a05ab"],
    ["a length cut off", "0affff"],
    ["a length that is missing", "0a"],
    ["a tag cut off", "ff"],
    ["a length of more than the message", "0affffffff0f"],
    ["a text cut off in a message within", "2a020a05"],
    ["a message within that is cut off", "2a060a01"],
    ["a number of 64 bits cut off", "f9070000"],
    ["a number of 32 bits cut off", "fd070000"],
    ["an endless number", `f807${"ff".repeat(11)}01`],
    ["a wire type that there is not", "0f"],
  ])("of %s are refused", (_, broken) => {
    expect(() => MountRequest.decode(Buffer.from(broken, "hex"))).toThrow();
  });

  test("are refused wherever a request is cut off", () => {
    const whole = Buffer.from(octets.request, "hex");
    const lengths = Array.from({ length: whole.length }, (_, length) => length);
    const taken = lengths.filter((length) => {
      try {
        MountRequest.decode(whole.subarray(0, length));
        return true;
      } catch {
        return false;
      }
    });
    // Between two fields.
    expect(taken).toEqual([0, 12, 18, 22, 27, 29]);
  });

  test("of a large file are the file's own", () => {
    const contents = Buffer.alloc(4 << 20, "0123456789abcdef\u0000ÿ", "latin1");
    const encoded = MountResponse.encode({ files: [{ path: "f", mode: 1, contents }] });
    expect(MountResponse.decode(encoded).files[0]?.contents.equals(contents)).toBe(true);
  });

  test("may come from the middle of a larger buffer", () => {
    const around = Buffer.from(`ffff${octets.request}ffff`, "hex");
    expect(MountRequest.decode(around.subarray(2, -2))).toEqual(request);
  });
});

describe("proto/provider.proto", () => {
  test("has the two calls of the driver", () => {
    const calls = Object.entries(providerMethods).map(([name, { path, requestStream, responseStream }]) => [
      name,
      path,
      requestStream || responseStream,
    ]);
    expect(calls).toEqual([
      ["Version", "/v1alpha1.CSIDriverProvider/Version", false],
      ["Mount", "/v1alpha1.CSIDriverProvider/Mount", false],
    ]);
  });

  test("is asked for what it has only", () => {
    const proto = loadProto("provider.proto");
    expect(() => proto.message("v1alpha1.Nothing")).toThrow("provider.proto has no v1alpha1.Nothing");
    expect(() => proto.message("v1alpha1.CSIDriverProvider")).toThrow("is not a message");
    expect(() => proto.service("v1alpha1.File")).toThrow("is not a service");
  });
});
