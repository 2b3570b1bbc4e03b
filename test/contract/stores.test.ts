import { expect, test } from "@jest/globals";
import { plugins } from "../../src/stores/index.ts";
import { networkContract, storeContract } from "./store.ts";
import { networkSubjects, subjects } from "./subjects.ts";

test("every store has a subject here, and one with faults if it has a network", () => {
  expect(Object.keys(subjects).sort()).toEqual(plugins.map(({ kind }) => kind).sort());
  expect(Object.keys(networkSubjects).filter((kind) => subjects[kind] === undefined)).toEqual([]);
});

for (const [kind, start] of Object.entries(subjects)) storeContract(kind, start);
for (const [kind, start] of Object.entries(networkSubjects)) networkContract(kind, start);
