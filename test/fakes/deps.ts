import { readFile } from "node:fs/promises";
import { InProcess } from "../../src/compute/in-process.ts";
import { createHttpClient } from "../../src/http/client.ts";
import { createKeyring } from "../../src/keys/keyring.ts";
import { Secret } from "../../src/model/secret.ts";
import type { StoreDeps } from "../../src/stores/plugin.ts";
import { workers } from "../../src/wiring/workers.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What stores are connected with where a test does not say otherwise: no keys, no cluster. */
export function plainDeps(more: Partial<StoreDeps> = {}): StoreDeps {
  return {
    keyring: createKeyring([]),
    send: createHttpClient().send,
    clock: new VirtualClock(),
    compute: new InProcess(workers),
    readFile,
    readFolder: () => Promise.reject(new Error("no folders")),
    kube: undefined,
    hmacKey: () => Promise.resolve(undefined),
    processKey: Secret.fromText("process-key"),
    onLogin: () => undefined,
    ...more,
  };
}
