import type { MessageTypeDefinition, ServiceDefinition } from "@grpc/proto-loader";
import { checkOctets, type Shape } from "./check-octets.ts";
import { loadProto } from "./load-proto.ts";

/** `VersionRequest` of proto/provider.proto. */
export interface VersionRequest {
  readonly version: string;
}

/** `VersionResponse`. */
export interface VersionResponse {
  readonly version: string;
  readonly runtimeName: string;
  readonly runtimeVersion: string;
}

/** `ObjectVersion`. */
export interface ObjectVersion {
  readonly id: string;
  readonly version: string;
}

/** `MountRequest`. */
export interface MountRequest {
  readonly attributes: string;
  readonly secrets: string;
  readonly targetPath: string;
  readonly permission: string;
  readonly currentObjectVersion: readonly ObjectVersion[];
}

/** `File`. */
export interface File {
  readonly path: string;
  readonly mode: number;
  readonly contents: Buffer;
}

/** `MountResponse`. */
export interface MountResponse {
  readonly objectVersion: readonly ObjectVersion[];
  readonly error: { readonly code: string } | undefined;
  readonly files: readonly File[];
}

/** One message: its octets, and back. */
export interface Codec<T> {
  /** Fields that are left out, or have proto3's default, take no octets. */
  encode(message: Partial<T>): Buffer;
  /** Unknown fields are skipped. Throws Error for octets that are not such a message, or a message cut off. */
  decode(octets: Uint8Array): T;
}

const proto = loadProto("provider.proto");

/** What proto-loader decoded, whose types end at `object`. */
type Raw = Readonly<Record<string, unknown>>;

/** No field is a message. */
const flat: Shape = {};

function codec<T extends object>(name: string, read: (raw: Raw) => T, shape = flat): Codec<T> {
  const { serialize, deserialize }: MessageTypeDefinition<object, object> = proto.message(`v1alpha1.${name}`);
  return {
    encode: (message) => serialize(withoutDefaults(message)),
    decode: (octets) => {
      checkOctets(octets, shape);
      return read({ ...deserialize(asBuffer(octets)) });
    },
  };
}

export const VersionRequest = codec<VersionRequest>("VersionRequest", (raw) => ({ version: text(raw["version"]) }));

export const VersionResponse = codec<VersionResponse>("VersionResponse", (raw) => ({
  version: text(raw["version"]),
  runtimeName: text(raw["runtimeName"]),
  runtimeVersion: text(raw["runtimeVersion"]),
}));

export const MountRequest = codec<MountRequest>(
  "MountRequest",
  (raw) => ({
    attributes: text(raw["attributes"]),
    secrets: text(raw["secrets"]),
    targetPath: text(raw["targetPath"]),
    permission: text(raw["permission"]),
    currentObjectVersion: list(raw["currentObjectVersion"]).map(readVersion),
  }),
  { 5: flat },
);

export const MountResponse = codec<MountResponse>(
  "MountResponse",
  (raw) => ({
    objectVersion: list(raw["objectVersion"]).map(readVersion),
    error: readError(raw["error"]),
    files: list(raw["files"]).map((file) => ({
      path: text(file["path"]),
      mode: typeof file["mode"] === "number" ? file["mode"] : 0,
      contents: file["contents"] instanceof Uint8Array ? asBuffer(file["contents"]) : Buffer.alloc(0),
    })),
  }),
  { 1: flat, 2: flat, 3: flat },
);

/** The service's two calls: paths and kinds of streams as the file says. */
export const providerMethods: ServiceDefinition = proto.service("v1alpha1.CSIDriverProvider");

function readVersion(raw: Raw): ObjectVersion {
  return { id: text(raw["id"]), version: text(raw["version"]) };
}

function readError(value: unknown): MountResponse["error"] {
  return isRaw(value) ? { code: text(value["code"]) } : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function list(value: unknown): readonly Raw[] {
  return Array.isArray(value) ? value.filter(isRaw) : [];
}

function isRaw(value: unknown): value is Raw {
  return typeof value === "object" && value !== null;
}

/**
 * The message without what proto3 leaves out: proto-loader writes every field that is there, also one with its default,
 * and the driver's limit counts octets.
 */
function withoutDefaults(message: object): object {
  const kept = Object.entries(message).flatMap(([name, value]): [string, unknown][] => {
    if (Array.isArray(value)) return [[name, value.filter(isRaw).map(withoutDefaults)]];
    if (value instanceof Uint8Array) return value.length === 0 ? [] : [[name, value]];
    if (isRaw(value)) return [[name, withoutDefaults(value)]];
    return value === undefined || value === "" || value === 0 ? [] : [[name, value]];
  });
  return Object.fromEntries(kept);
}

/** The same bytes, not a copy. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
