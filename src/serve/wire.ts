import type { MountRequest, MountResponse } from "../model/request.ts";
import { MountResponse as WireResponse, type MountRequest as WireRequest } from "../wire/provider.ts";

/** The driver's message as plain text fields. The versions it believes to be mounted are dropped. */
export function fromWire({ attributes, secrets, targetPath, permission }: WireRequest): MountRequest {
  return { attributes, secrets, targetPath, permission };
}

/** The octets of the answer; here secrets become plain bytes. */
export function encodeResponse({ files, versions }: MountResponse): Buffer {
  const message: WireResponse = {
    objectVersion: versions.map(({ id, version }) => ({ id, version })),
    error: undefined,
    files: files.map(({ path, mode, content }) => ({ path, mode, contents: asBuffer(content.reveal()) })),
  };
  return WireResponse.encode(message);
}

/** The same bytes, not a copy. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
