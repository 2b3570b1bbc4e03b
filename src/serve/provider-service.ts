import type { MethodDefinition } from "@grpc/grpc-js";
import { MountRequest, VersionRequest, VersionResponse, providerMethods } from "../wire/provider.ts";

/** The two calls of `v1alpha1.CSIDriverProvider`. A Mount's answer is encoded by who makes it. */
export interface ProviderService {
  readonly version: MethodDefinition<VersionRequest, VersionResponse>;
  readonly mount: MethodDefinition<MountRequest, Buffer>;
}

/** Octets that are encoded already. */
const octets = { encode: (message: Buffer) => message, decode: (message: Buffer) => message };

/** The service as grpc-js takes it. */
export const providerService: ProviderService = {
  version: method<VersionRequest, VersionResponse>("Version", VersionRequest, VersionResponse),
  mount: method<MountRequest, Buffer>("Mount", MountRequest, octets),
};

/** One call by its name in proto/provider.proto. Throws Error when the file does not have it. */
function method<Request, Response>(
  name: string,
  request: { encode(message: Request): Buffer; decode(message: Buffer): Request },
  response: { encode(message: Response): Buffer; decode(message: Buffer): Response },
): MethodDefinition<Request, Response> {
  const found = providerMethods[name];
  if (found === undefined) throw new Error(`proto/provider.proto has no call ${name}`);
  const { path, requestStream, responseStream } = found;
  return {
    path,
    requestStream,
    responseStream,
    requestSerialize: (message) => request.encode(message),
    requestDeserialize: (message) => request.decode(message),
    responseSerialize: (message) => response.encode(message),
    responseDeserialize: (message) => response.decode(message),
  };
}
