import { randomBytes } from "node:crypto";
import { MountError } from "../model/error.ts";
import type { Clock } from "../model/clock.ts";
import { Secret } from "../model/secret.ts";
import { standardSecret } from "./settings.ts";
import { fieldOf, refusalOf, type KubeAnswer, type KubeApi } from "./api.ts";

/** How long a key is used before the Secret is read again, and how long a failure counts, in milliseconds. */
const keep = { found: 5 * 60_000, failed: 30_000 } as const;

/** Longest wait for the Kubernetes API while a Mount waits, in milliseconds. */
const patience = 5_000;

/** What the key of object versions is made with. */
export interface HmacKeyWiring {
  readonly api: KubeApi;
  readonly outside: Clock;
  /** Name of the Secret in the daemon's own namespace. */
  readonly secretName: string;
  /** Told why there is no key, once for each time that it was tried. */
  readonly failed: (error: MountError) => void;
}

/** What keys are made with, where several Secrets may hold one. */
export interface HmacKeysWiring extends Omit<HmacKeyWiring, "api" | "secretName"> {
  /** Undefined where there is no cluster. */
  readonly api: KubeApi | undefined;
  /** The one Secret for all that the operator names; empty for none, undefined for each provider's own. */
  readonly secretName: string | undefined;
  /** The key where no Secret is to be used. */
  readonly processKey: Secret;
}

/**
 * Gives the key in the operator's one Secret, or in the one named; the process's own where the operator wants none, or where
 * there is no cluster. Undefined when a Secret is to be used and cannot be had.
 */
export function createHmacKeys(wiring: HmacKeysWiring): (ownSecret?: string) => Promise<Secret | undefined> {
  const { api, secretName, processKey } = wiring;
  if (api === undefined || secretName === "") return () => Promise.resolve(processKey);
  const keys = new Map<string, () => Promise<Secret | undefined>>();
  return (ownSecret = standardSecret) => {
    const name = secretName ?? ownSecret;
    const key = keys.get(name) ?? createHmacKey({ ...wiring, api, secretName: name });
    keys.set(name, key);
    return key();
  };
}

/**
 * Gives the key that object versions are made with: data key `key` of a Secret that is created if it is not there. It
 * is kept in memory and read again every five minutes, in the background while an older one serves. Undefined when it
 * cannot be had.
 */
export function createHmacKey(wiring: HmacKeyWiring): () => Promise<Secret | undefined> {
  const { outside } = wiring;
  let known: { readonly key: Secret | undefined; readonly until: number } | undefined;
  let loading: Promise<Secret | undefined> | undefined;
  const load = async () => {
    try {
      const key = await readKey(wiring, AbortSignal.timeout(patience));
      known = { key, until: outside.monotonic() + keep.found };
    } catch (thrown) {
      wiring.failed(MountError.from(thrown));
      known = { key: known?.key, until: outside.monotonic() + keep.failed };
    }
    loading = undefined;
    return known.key;
  };
  return () => {
    if (known !== undefined && outside.monotonic() < known.until) return Promise.resolve(known.key);
    loading ??= load();
    return known?.key === undefined ? loading : Promise.resolve(known.key);
  };
}

/** Reads the Secret, or creates it; of two that create it at once, one is told that it exists, and reads it again. */
async function readKey({ api, secretName }: HmacKeyWiring, signal: AbortSignal): Promise<Secret> {
  const namespace = await api.namespace();
  const folder = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
  const path = `${folder}/${encodeURIComponent(secretName)}`;
  const what = (verb: string) => `${verb} Secret ${namespace}/${secretName}`;
  const first = await api.call({ method: "GET", path }, signal);
  if (first.status === 200) return keyIn(first, secretName);
  if (first.status !== 404) throw refusalOf(first, what("read"), '"get" on that Secret');
  const made = randomBytes(32);
  const body = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: secretName, namespace },
    immutable: true,
    data: { key: made.toString("base64") },
  };
  const created = await api.call({ method: "POST", path: folder, body }, signal);
  if (created.status < 300) return new Secret(made);
  if (created.status !== 409) throw refusalOf(created, what("create"), '"create" on secrets of that namespace');
  const second = await api.call({ method: "GET", path }, signal);
  if (second.status !== 200) throw refusalOf(second, what("read"), '"get" on that Secret');
  return keyIn(second, secretName);
}

function keyIn({ json }: KubeAnswer, name: string): Secret {
  const text = fieldOf(fieldOf(json, "data"), "key");
  const key = typeof text === "string" ? Buffer.from(text, "base64") : Buffer.alloc(0);
  if (key.length > 0) return new Secret(key);
  throw new MountError("not_configured", `Secret ${name} has no data under "key"`);
}
