import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { combineShares, shareProblem } from "../../src/stores/sops/shamir.ts";

/** Multiplication in GF(2^8) by its definition, apart from the code under test. */
function times(left: number, right: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) if ((right >> bit) & 1) product ^= left << bit;
  for (let bit = 14; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11b << (bit - 8);
  return product;
}

/** Shares at these places of a polynomial whose lowest coefficient is the secret. */
function split(secret: Uint8Array, higher: readonly Uint8Array[], places: readonly number[]): Uint8Array[] {
  return places.map((place) => {
    const y = [...secret].map((byte, at) => {
      return higher.reduceRight((sum, row) => times(sum ^ (row[at] ?? 0), place), 0) ^ byte;
    });
    return Uint8Array.from([...y, place]);
  });
}

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
const places = fc.uniqueArray(fc.integer({ min: 1, max: 255 }), { minLength: 4, maxLength: 6 });

test("as many shares as the threshold, or more, give the secret in any order", () => {
  fc.assert(
    fc.property(bytes, fc.array(bytes, { minLength: 1, maxLength: 3 }), places, (secret, higher, at) => {
      const shares = split(secret, higher, at);
      const enough = shares.slice(0, higher.length + 1).reverse();
      expect(shareProblem(enough)).toBeUndefined();
      expect(combineShares(enough)).toEqual(Buffer.from(secret));
      expect(combineShares(shares)).toEqual(Buffer.from(secret));
    }),
    { numRuns: 30 },
  );
});

test("a share less gives something else", () => {
  fc.assert(
    fc.property(bytes, bytes, bytes, places, (secret, first, second, at) => {
      fc.pre(second.every((byte) => byte !== 0));
      const shares = split(secret, [first, second], at).slice(0, 2);
      expect(combineShares(shares)).not.toEqual(Buffer.from(secret));
    }),
    { numRuns: 30 },
  );
});

test.each([
  ["one", [[1, 1]], "fewer than two"],
  ["unequal", [[1, 1], [1, 1, 2]], "unequal length"], // prettier-ignore
  ["the same", [[1, 1], [2, 1]], "twice"], // prettier-ignore
  ["at zero", [[1, 0], [2, 1]], "without a place"], // prettier-ignore
])("%s is refused", (_, shares, problem) => {
  expect(shareProblem(shares.map((share) => Uint8Array.from(share)))).toContain(problem);
});
