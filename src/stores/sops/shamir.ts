/**
 * Shamir's scheme byte by byte over GF(2^8) with the polynomial 0x11b. A share is the y bytes and then the x byte.
 * Source: the document format's reference program, which took the share layout from HashiCorp Vault.
 */

/** Why shares do not fit together; undefined when they do. */
export function shareProblem(shares: readonly Uint8Array[]): string | undefined {
  const length = shares[0]?.length ?? 0;
  if (shares.length < 2) return "fewer than two key shares";
  if (length < 2 || shares.some((share) => share.length !== length)) return "key shares of unequal length";
  const places = shares.map((share) => share[length - 1] ?? 0);
  if (places.includes(0)) return "a key share without a place";
  return new Set(places).size === places.length ? undefined : "the same key share twice";
}

/** The secret that shares without a `shareProblem` give. Too few or foreign shares give other bytes, not an error. */
export function combineShares(shares: readonly Uint8Array[]): Buffer {
  const length = (shares[0]?.length ?? 1) - 1;
  const places = shares.map((share) => share[length] ?? 0);
  const secret = Buffer.alloc(length);
  shares.forEach((share, at) => {
    const weight = weightAtZero(places, at);
    for (let byte = 0; byte < length; byte++) {
      secret[byte] = (secret[byte] ?? 0) ^ multiply(share[byte] ?? 0, weight);
    }
  });
  return secret;
}

/** Lagrange's basis polynomial of one place, at zero. */
function weightAtZero(places: readonly number[], at: number): number {
  const own = places[at] ?? 0;
  return places.reduce((weight, place, other) => {
    return other === at ? weight : multiply(weight, multiply(place, inverse(place ^ own)));
  }, 1);
}

/** Without branches or tables that depend on the factors. */
function multiply(left: number, right: number): number {
  let product = 0;
  let factor = left;
  for (let bit = 0; bit < 8; bit++) {
    product ^= factor & -((right >> bit) & 1);
    factor = ((factor << 1) ^ (0x11b & -(factor >> 7))) & 0xff;
  }
  return product & 0xff;
}

/** The 254th power, which is the inverse of every element but zero. */
function inverse(element: number): number {
  let result = 1;
  let power = element;
  for (let bit = 1; bit < 8; bit++) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}
