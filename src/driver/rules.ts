import type { MountResponse } from "../model/request.ts";

/**
 * The permission that a file gets by a mode of an answer: the driver hands the number to Go, whose FileMode has setuid,
 * setgid and sticky in bits 23, 22 and 20 (io/fs, FileMode). So −1 becomes 07777, and 1023 becomes 0777.
 */
export function permissionOf(mode: number): number {
  const special = [
    [23, 0o4000],
    [22, 0o2000],
    [20, 0o1000],
  ] as const;
  return special.reduce((bits, [at, bit]) => (((mode >> at) & 1) === 1 ? bits | bit : bits), mode & 0o777);
}

/** Octets of a base-128 varint. Protobuf writes a negative int32 as 64 bits. */
function varintSize(value: number): number {
  if (value < 0) return 10;
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Octets of a field with a length prefix; the field numbers of these messages all have a tag of one octet. */
function blockSize(bytes: number): number {
  return 1 + varintSize(bytes) + bytes;
}

/** As `blockSize`, for a field that is left out when it is empty. */
function optionalSize(bytes: number): number {
  return bytes === 0 ? 0 : blockSize(bytes);
}

function textSize(text: string): number {
  return optionalSize(Buffer.byteLength(text));
}

/** Bytes of the protobuf encoding of an answer, without encoding it: what the driver holds against its limit. */
export function encodedSize({ files, versions }: MountResponse): number {
  let size = 0;
  for (const { id, version } of versions) size += blockSize(textSize(id) + textSize(version));
  for (const { path, mode, content } of files) {
    const modeSize = mode === 0 ? 0 : 1 + (mode < 0 ? 10 : varintSize(mode));
    size += blockSize(textSize(path) + modeSize + optionalSize(content.size));
  }
  return size;
}
