import type { Secret } from "./secret.ts";

/** A path relative to the volume's root that the driver accepts; made by `parseObjectPath` only. */
export type ObjectPath = string & { readonly brand: "ObjectPath" };

/** What the driver makes permission bits of, an int32; made by `parseFileMode` and `parseForeignMode` only. */
export type FileMode = number & { readonly brand: "FileMode" };

/** A file as the driver will write it. */
export interface VolumeFile {
  readonly path: ObjectPath;
  readonly mode: FileMode;
  readonly content: Secret;
}

/** Longest element and longest path in bytes that Linux takes (NAME_MAX, PATH_MAX). */
const longest = { element: 255, path: 4096 };

/**
 * Why the driver would refuse a path, or damage the volume with it; undefined when it is fine.
 * Source: the driver's pkg/util/fileutil (writer.go, atomic_writer.go); `.` and NUL pass its checks and fail later.
 */
export function pathProblem(text: string): string | undefined {
  if (text === "") return "it is empty";
  if (text.includes("\0")) return "it holds a NUL byte";
  if (!text.isWellFormed()) return "it is not valid Unicode";
  if (text.startsWith("/")) return "it is absolute";
  if (text === ".") return "it is the volume itself";
  const elements = text.split("/");
  if (elements.includes("..")) return 'it holds the element ".."';
  if (text.startsWith("..")) return 'its first element starts with ".."';
  if (elements.some((element) => element === "" || element === ".")) {
    return 'it is not in clean form (no "./", "//" or "/" at the end)';
  }
  if (elements.some((element) => Buffer.byteLength(element) > longest.element)) {
    return `an element is longer than ${longest.element} bytes`;
  }
  if (Buffer.byteLength(text) > longest.path) return `it is longer than ${longest.path} bytes`;
  return undefined;
}

/** Bytes of the driver's folder of one writing, `..` and a time and a random number, with the slashes around it; rounded up. */
const driverFolder = 40;

/**
 * Why a file of this path cannot be written below the volume's folder, where the whole path is longer than Linux takes;
 * undefined when it fits. The driver notices half-way, and leaves what it has written behind. Lengths are in bytes.
 */
export function roomProblem(path: string, target: string): string | undefined {
  const most = longest.path - driverFolder - Buffer.byteLength(target);
  const size = Buffer.byteLength(path);
  return size < most
    ? undefined
    : `it has ${size} bytes, and in this volume there is room for ${Math.max(0, most - 1)}`;
}

/** The path, or undefined where `pathProblem` says why not. */
export function parseObjectPath(text: string): ObjectPath | undefined {
  return pathProblem(text) === undefined ? (text as ObjectPath) : undefined;
}

/** The mode, or undefined unless it is a whole number from 0 to 0777. */
export function parseFileMode(bits: number): FileMode | undefined {
  return Number.isInteger(bits) && bits >= 0 && bits <= 0o777 ? (bits as FileMode) : undefined;
}

/**
 * A mode as another provider would send it, whether it makes sense or not; undefined unless it fits 32 bits. The driver
 * uses the lowest nine bits of it.
 */
export function parseForeignMode(bits: number): FileMode | undefined {
  return Number.isInteger(bits) && bits >= -(2 ** 31) && bits < 2 ** 32 ? ((bits | 0) as FileMode) : undefined;
}

/** The mode of a file that names none. */
export const defaultFileMode = 0o644 as FileMode;
