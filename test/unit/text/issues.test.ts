import { expect, test } from "@jest/globals";
import type { Place } from "../../../src/model/issue.ts";
import { Issues } from "../../../src/text/issues.ts";

const issue = (place: Place, problem: string) =>
  ({ reason: "parameter_invalid", place, problem, fix: "fix it" }) as const;

test("issues come in the manifest's order, equal ones as found", () => {
  const issues = new Issues();
  issues.add(issue({ parameter: "stores", index: 1, line: 2 }, "c"));
  issues.add(issue({ parameter: "objects", index: 0, line: 9 }, "f"));
  issues.add(issue({ parameter: "stores", index: 0, line: 3 }, "b"));
  issues.add(issue({ parameter: "stores" }, "a"));
  issues.add(issue({ parameter: "objects", index: 0, line: 9 }, "g"));
  issues.add(issue({ parameter: "objects", index: 0, line: 8 }, "e"));
  expect(issues.sorted.map((one) => one.problem)).toEqual(["a", "b", "c", "e", "f", "g"]);
  expect(issues.toError()?.message.split("\n")[0]).toBe("parameter stores: a; fix it");
});

test("no issue is no error", () => {
  expect(new Issues().toError()).toBeUndefined();
});
