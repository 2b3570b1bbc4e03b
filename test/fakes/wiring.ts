import { readFile } from "node:fs/promises";
import { createHttpClient } from "../../src/http/client.ts";
import { createKeyring } from "../../src/keys/keyring.ts";
import { Secret } from "../../src/model/secret.ts";
import type { StoreWiring } from "../../src/stores/index.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What stores are wired with where a test does not say otherwise: no keys, no cluster, no settings. */
export function plainWiring(more: Partial<StoreWiring> = {}): StoreWiring {
  return {
    keyring: createKeyring([]),
    send: createHttpClient().send,
    outside: new VirtualClock(),
    readFile,
    readFolder: () => Promise.reject(new Error("no folders")),
    kube: undefined,
    hmacKey: () => Promise.resolve(undefined),
    processKey: Secret.fromText("process-key"),
    env: {},
    setting: () => "",
    loggedIn: () => undefined,
    ...more,
  };
}
