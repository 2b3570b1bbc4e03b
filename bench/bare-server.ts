// A bare gRPC server that answers every Mount with the same response: what the daemon is measured against.
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { MountRequest, MountResponse } from "../src/wire/provider.ts";

const [socket = "", size = "6"] = process.argv.slice(2);
const response = {
  objectVersion: [{ id: "db", version: "7" }],
  error: undefined,
  files: [{ path: "db", mode: 0o644, contents: Buffer.alloc(Number(size), "s") }],
};
const server = new Server();
const service = {
  mount: {
    path: "/v1alpha1.CSIDriverProvider/Mount",
    requestStream: false,
    responseStream: false,
    requestSerialize: (message: MountRequest) => MountRequest.encode(message),
    requestDeserialize: (bytes: Buffer) => MountRequest.decode(bytes),
    responseSerialize: (message: MountResponse) => MountResponse.encode(message),
    responseDeserialize: (bytes: Buffer) => MountResponse.decode(bytes),
  },
} as const;
server.addService(service, {
  mount: (_call: unknown, answer: (error: null, message: MountResponse) => void) => {
    answer(null, response);
  },
});
server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), () => {
  console.log("ready");
});
