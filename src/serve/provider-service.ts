import type { MethodDefinition } from "@grpc/grpc-js";
import { MountRequest, VersionRequest, VersionResponse } from "../proto/provider.ts";

/** The two calls of `v1alpha1.CSIDriverProvider`. A Mount's answer is encoded by who makes it. */
export interface ProviderService {
  readonly version: MethodDefinition<VersionRequest, VersionResponse>;
  readonly mount: MethodDefinition<MountRequest, Buffer>;
}

const unary = { requestStream: false, responseStream: false } as const;

const service = "/v1alpha1.CSIDriverProvider";

/** The service as grpc-js takes it (proto/provider.proto). */
export const providerService: ProviderService = {
  version: {
    ...unary,
    path: `${service}/Version`,
    requestSerialize: (message) => Buffer.from(VersionRequest.encode(message).finish()),
    requestDeserialize: (octets) => VersionRequest.decode(octets),
    responseSerialize: (message) => Buffer.from(VersionResponse.encode(message).finish()),
    responseDeserialize: (octets) => VersionResponse.decode(octets),
  },
  mount: {
    ...unary,
    path: `${service}/Mount`,
    requestSerialize: (message) => Buffer.from(MountRequest.encode(message).finish()),
    requestDeserialize: (octets) => MountRequest.decode(octets),
    responseSerialize: (octets) => octets,
    responseDeserialize: (octets) => octets,
  },
};
