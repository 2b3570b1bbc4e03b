import type { KeySource } from "../model/key.ts";
import { createAgeService } from "./age.ts";
import type { Keyring, KeyService } from "./key-service.ts";

/**
 * The operator's keys and their grants. Sources of kinds that no service here reads are left out. Does no I/O: files
 * are read when a key is asked for.
 */
export function createKeyring(sources: readonly KeySource[]): Keyring {
  const services = new Map<string, KeyService>();
  for (const service of [createAgeService(sources.filter((source) => source.kind === "age"))]) {
    services.set(service.kind, service);
  }
  return { kinds: [...services.keys()].sort(), service: (kind) => services.get(kind) };
}
