import { fileURLToPath } from "node:url";
import {
  loadSync,
  type MessageTypeDefinition,
  type PackageDefinition,
  type ServiceDefinition,
} from "@grpc/proto-loader";

declare const __KEYFERRY_PROTO_FOLDER__: string | undefined;

/** Where the `.proto` files lie, from this module: the build copies them beside the chunks. */
const folder = typeof __KEYFERRY_PROTO_FOLDER__ === "string" ? __KEYFERRY_PROTO_FOLDER__ : "../../proto/";

/** The messages and services of one file of `proto/`. */
export interface LoadedProto {
  /** A message by its full name, `v1alpha1.MountRequest`. Throws Error for one that the file does not have. */
  message(name: string): MessageTypeDefinition<object, object>;
  /** A service by its full name. Throws Error for one that the file does not have. */
  service(name: string): ServiceDefinition;
}

/** Reads a file of `proto/`, the one source of the wire format. Throws Error where it is missing or not proto3. */
export function loadProto(file: string): LoadedProto {
  // Fields that were not sent have their defaults, bytes are Buffers, names are in camel case.
  const definitions: PackageDefinition = loadSync(fileURLToPath(new URL(folder + file, import.meta.url)), {
    defaults: true,
  });
  const find = (name: string) => {
    const found = definitions[name];
    if (found === undefined) throw new Error(`${file} has no ${name}`);
    return found;
  };
  return {
    message: (name) => {
      const found = find(name);
      if (isMessage(found)) return found;
      throw new Error(`${name} of ${file} is not a message`);
    },
    service: (name) => {
      const found = find(name);
      if (isService(found)) return found;
      throw new Error(`${name} of ${file} is not a service`);
    },
  };
}

type Definition = PackageDefinition[string];

function isMessage(definition: Definition): definition is MessageTypeDefinition<object, object> {
  return "serialize" in definition && typeof definition.serialize === "function";
}

/** Messages and enums say what they are; a service is a plain map of its methods. */
function isService(definition: Definition): definition is ServiceDefinition {
  return !("format" in definition && typeof definition.format === "string");
}
