import { expect, test } from "@jest/globals";
import { limitedAll } from "../../../src/http/limited-all.ts";

test.each([1, 3, 100])("one result for each item, in order, with at most %d under way", async (max) => {
  const items = Array.from({ length: 20 }, (_, at) => at);
  let [underWay, most] = [0, 0];
  const results = await limitedAll(items, max, async (item) => {
    most = Math.max(most, (underWay += 1));
    await new Promise((resolve) => setTimeout(resolve, (20 - item) % 3));
    underWay -= 1;
    return item * 2;
  });
  expect(results).toEqual(items.map((item) => item * 2));
  expect(most).toBe(Math.min(max, items.length));
});

test("nothing is started after the first that rejects", async () => {
  const started: number[] = [];
  const work = (item: number) => {
    started.push(item);
    return item === 2 ? Promise.reject(new Error("no")) : Promise.resolve();
  };
  await expect(limitedAll([1, 2, 3, 4, 5], 1, work)).rejects.toThrow("no");
  expect(started).toEqual([1, 2]);
});

test("nothing gives nothing", async () => {
  expect(await limitedAll([], 4, () => Promise.resolve(1))).toEqual([]);
});
