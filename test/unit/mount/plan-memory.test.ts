import { describe, expect, test } from "@jest/globals";
import { rememberPlans } from "../../../src/mount/plan-memory.ts";
import { noAdvice } from "../../../src/model/advice.ts";
import { MountError } from "../../../src/model/error.ts";
import { defaultFileMode } from "../../../src/model/file.ts";
import type { Dialect } from "../../../src/model/dialect.ts";
import { Issues } from "../../../src/text/issues.ts";

function counting(): { readonly dialect: Dialect; readonly parsed: string[] } {
  const parsed: string[] = [];
  const dialect: Dialect = {
    name: "counting",
    permission: "json",
    advice: noAdvice,
    audience: undefined,
    endpoints: [],
    parse: ({ parameters }, issues) => {
      const text = parameters.get("objects") ?? "";
      parsed.push(text);
      if (text !== "bad") return { reads: [], files: [], listings: [], samePath: "refused" };
      issues.add({ reason: "no_objects", place: {}, problem: "bad", fix: "mend" });
      return undefined;
    },
  };
  return { dialect: rememberPlans(dialect), parsed };
}

function ask(dialect: Dialect, objects: string, other = ""): number {
  const issues = new Issues();
  const parameters = new Map([
    ["objects", objects],
    ["other", other],
  ]);
  dialect.parse({ parameters, defaultMode: defaultFileMode }, issues);
  return issues.size;
}

describe("rememberPlans", () => {
  test("parses equal parameters once, whatever their order", () => {
    const { dialect, parsed } = counting();
    ask(dialect, "a");
    ask(dialect, "a");
    const reversed = new Map([
      ["other", ""],
      ["objects", "a"],
    ]);
    dialect.parse({ parameters: reversed, defaultMode: defaultFileMode }, new Issues());
    expect(parsed).toEqual(["a"]);
  });

  test("parses again when any parameter differs", () => {
    const { dialect, parsed } = counting();
    ask(dialect, "a");
    ask(dialect, "a", "x");
    ask(dialect, "b");
    expect(parsed).toEqual(["a", "a", "b"]);
  });

  test("parses again when the pod's annotation differs, or cannot be read", () => {
    const { dialect, parsed } = counting();
    const parameters = new Map([["objects", "a"]]);
    const error = new MountError("object_not_found", "gone");
    const texts = ["x", "y", "x"].map((text) => ({ kind: "text", text }) as const);
    for (const annotation of [...texts, { kind: "unreadable", error } as const, { kind: "text", text: "" } as const]) {
      dialect.parse({ parameters, defaultMode: defaultFileMode, annotation }, new Issues());
    }
    dialect.parse({ parameters, defaultMode: defaultFileMode }, new Issues());
    expect(parsed).toHaveLength(5);
  });

  test("reports mistakes every time", () => {
    const { dialect } = counting();
    expect([ask(dialect, "bad"), ask(dialect, "bad")]).toEqual([1, 1]);
  });

  test("forgets the least recently used", () => {
    const { dialect, parsed } = counting();
    ask(dialect, "first");
    for (let index = 0; index < 499; index += 1) ask(dialect, `n${index}`);
    ask(dialect, "first");
    ask(dialect, "one more");
    ask(dialect, "first");
    ask(dialect, "n0");
    expect(parsed.filter((text) => text === "first")).toHaveLength(1);
    expect(parsed.filter((text) => text === "n0")).toHaveLength(2);
  });
});
