import { describe, expect, test } from "@jest/globals";
import { createKeyferryDialect } from "../../../src/dialects/keyferry/index.ts";
import { defaultFileMode } from "../../../src/model/file.ts";
import { Issues } from "../../../src/text/issues.ts";
import { connectedStores } from "../../fakes/connected.ts";

const { stores } = connectedStores();
const carried = ["sops", "sealed-secrets", "s5", "ansible-vault", "eyaml"];

describe("find", () => {
  test.each(carried)("in documents of kind %s is refused with the advice to extract", (kind) => {
    const dialect = createKeyferryDialect({ stores, operatorStores: [] });
    const issues = new Issues();
    const objects = "- { store: s, find: { match: x } }";
    const parameters = new Map(Object.entries({ stores: `[{ name: s, kind: ${kind} }]`, objects }));
    dialect.parse({ parameters, defaultMode: defaultFileMode }, issues);
    expect(issues.toError()?.text).toMatch(new RegExp(`stores of kind ${kind} cannot be listed; .*extract`, "u"));
  });

  test("is there for every other kind", () => {
    const without = stores.filter(({ language }) => language.criteria.length === 0).map(({ kind }) => kind);
    expect(without.sort()).toEqual(carried.sort());
  });
});
