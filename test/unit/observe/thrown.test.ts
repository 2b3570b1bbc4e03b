import { describe, expect, test } from "@jest/globals";
import { describeThrown } from "../../../src/observe/thrown.ts";

function withStack(error: Error, stack: unknown): Error {
  Object.defineProperty(error, "stack", { value: stack });
  return error;
}

describe("describeThrown", () => {
  test.each([
    ["undefined", undefined, ""],
    ["a text", "canary", "string"],
    ["an object", { canary: 1 }, "object"],
    ["null", null, "object"],
  ])("says no more than the kind of %s", (_, thrown, error) => {
    expect(describeThrown(thrown)).toEqual({ error, stack: "" });
  });

  test.each([
    ["a name with spaces", Object.assign(new Error("x"), { name: "canary s3cret" }), "Error"],
    ["a code in small letters", Object.assign(new Error("x"), { code: "canary" }), "Error"],
    ["a code that is a number", Object.assign(new Error("x"), { code: 7 }), "Error"],
  ])("drops %s", (_, thrown, error) => {
    expect(describeThrown(thrown).error).toBe(error);
  });

  test("follows a few causes only, also around a circle", () => {
    const error = new Error("x");
    error.cause = error;
    expect(describeThrown(error).error).toBe("Error < Error < Error < Error < Error");
  });

  test.each([
    ["lines of a changed message", "Error: old canary\n    at the canary\n    at x (/a b:1:1)"],
    ["a stack that is no text", { canary: 1 }],
    ["arguments in a frame", "Error: x\n    at f (canary, 1) (/a.js:1:1)"],
  ])("shows no %s", (_, stack) => {
    expect(describeThrown(withStack(new Error("x"), stack)).stack).toBe("");
  });

  test("keeps frames of functions, methods, modules and async ones", () => {
    const frames = [
      "    at f (file:///app/dist/main.js:1:2)",
      "    at async Store.fetch [as x] (/app/dist/a-b.js:10:20)",
      "    at node:internal/process/task_queues:95:5",
      "    at new <anonymous> (file:///app/x.js:1:1)",
    ];
    const { stack } = describeThrown(withStack(new Error("m"), ["Error: m", ...frames].join("\n")));
    expect(stack.split("; ")).toEqual(frames.map((line) => line.trim()));
  });
});
