/** The key schedule's table, from the digits of pi (RFC 2268, section 2). */
const pi = Buffer.from(
  "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32" +
    "bd8f40eb86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626" +
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a" +
    "961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731" +
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2e" +
    "c5f3db47e5a59c770aa62068fe7fc1ad",
  "hex",
);

const blockBytes = 8;

/** How far each of the four words is turned in a mixing round. */
const turns = [1, 2, 3, 5] as const;

/**
 * Opens RC2 in CBC mode; the padding stays. Node.js has no RC2 any more, and files of key stores made by older tools
 * protect their certificates with it. `key`: as derived; its effective length is its own (RFC 2268).
 */
export function openRc2(key: Uint8Array, iv: Uint8Array, ciphertext: Buffer): Buffer {
  const words = expandKey(key);
  const opened = Buffer.alloc(ciphertext.length);
  let before: Uint8Array = iv;
  for (let at = 0; at + blockBytes <= ciphertext.length; at += blockBytes) {
    openBlock(words, ciphertext, opened, at);
    for (let byte = 0; byte < blockBytes; byte += 1) opened[at + byte] = (opened[at + byte] ?? 0) ^ (before[byte] ?? 0);
    before = ciphertext.subarray(at, at + blockBytes);
  }
  return opened;
}

function expandKey(key: Uint8Array): Uint16Array {
  const bytes = Buffer.alloc(128);
  bytes.set(key);
  for (let at = key.length; at < 128; at += 1) {
    bytes[at] = pi[((bytes[at - 1] ?? 0) + (bytes[at - key.length] ?? 0)) & 0xff] ?? 0;
  }
  bytes[128 - key.length] = pi[bytes[128 - key.length] ?? 0] ?? 0;
  for (let at = 127 - key.length; at >= 0; at -= 1) {
    bytes[at] = pi[(bytes[at + 1] ?? 0) ^ (bytes[at + key.length] ?? 0)] ?? 0;
  }
  return Uint16Array.from({ length: 64 }, (_, at) => bytes.readUInt16LE(2 * at));
}

function openBlock(key: Uint16Array, from: Buffer, to: Buffer, at: number): void {
  const word = Uint16Array.from({ length: 4 }, (_, index) => from.readUInt16LE(at + 2 * index));
  const w = (index: number) => word[index & 3] ?? 0;
  let next = 63;
  const unmix = () => {
    for (let index = 3; index >= 0; index -= 1) {
      const turn = turns[index as 0 | 1 | 2 | 3];
      const turned = (w(index) >>> turn) | (w(index) << (16 - turn));
      word[index] = turned - (key[next] ?? 0) - (w(index + 3) & w(index + 2)) - (~w(index + 3) & w(index + 1));
      next -= 1;
    }
  };
  const unmash = () => {
    for (let index = 3; index >= 0; index -= 1) word[index] = w(index) - (key[w(index + 3) & 63] ?? 0);
  };
  for (let round = 0; round < 5; round += 1) unmix();
  unmash();
  for (let round = 0; round < 6; round += 1) unmix();
  unmash();
  for (let round = 0; round < 5; round += 1) unmix();
  word.forEach((value, index) => to.writeUInt16LE(value, at + 2 * index));
}
