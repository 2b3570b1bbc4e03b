import { describe, expect, test } from "@jest/globals";
import { Turns } from "../../../src/compute/turns.ts";

const drain = (turns: Turns<string>): string[] => {
  const order: string[] = [];
  for (let item = turns.next(); item !== undefined; item = turns.next()) order.push(item);
  return order;
};

describe("turns", () => {
  test("go round while nobody took more than another, each tenant's own in their order", () => {
    const turns = new Turns<string>();
    for (const item of ["a1", "a2", "a3", "b1", "c1", "b2"]) turns.add(item.charAt(0), item);
    expect(drain(turns)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
  });

  test("whoever took less is first", () => {
    const turns = new Turns<string>();
    for (const item of ["a1", "a2", "b1", "b2"]) turns.add(item.charAt(0), item);
    expect(turns.next()).toBe("a1");
    turns.took("a", 2000);
    turns.took("b", 10);
    expect(drain(turns)).toEqual(["b1", "b2", "a2"]);
  });

  test("nothing is held against anybody once nobody waits", () => {
    const turns = new Turns<string>();
    turns.took("a", 2000);
    expect(turns.next()).toBeUndefined();
    turns.add("a", "a1");
    turns.add("b", "b1");
    expect(drain(turns)).toEqual(["a1", "b1"]);
  });

  test("what was removed does not come", () => {
    const turns = new Turns<string>();
    turns.add("a", "a1");
    turns.add("a", "a2");
    turns.remove("a", "a1");
    turns.remove("b", "b1");
    expect(drain(turns)).toEqual(["a2"]);
  });
});
