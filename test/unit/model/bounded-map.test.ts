import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { BoundedMap } from "../../../src/model/bounded-map.ts";

test("holds the keys that were set last, at most as many as it may", () => {
  const keys = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 60 });
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 8 }), (all, max) => {
      const map = new BoundedMap<number, number>(max);
      all.forEach((key, at) => map.set(key, at));
      const last = [...new Set(all.toReversed())].slice(0, max).toReversed();
      expect([...map.keys()]).toEqual(last);
      for (const key of last) expect(map.get(key)).toBe(all.lastIndexOf(key));
    }),
  );
});
