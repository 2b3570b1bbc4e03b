import { MountError } from "../../src/model/error.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import type { Reason } from "../../src/model/reasons.ts";
import { Secret } from "../../src/model/secret.ts";
import { readOf, type ObjectRead } from "../../src/model/read.ts";
import type { Session } from "../../src/model/session.ts";
import { connectionOf, type StoreKind, standardRetries } from "../../src/model/store.ts";

/** One object of the table. */
export interface MemoryObject {
  readonly content: Uint8Array;
  readonly version: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface MemoryParams {
  readonly address: string | undefined;
}

export interface MemoryRef {
  readonly name: string;
  readonly version: string | undefined;
}

export interface MemoryStoreOptions {
  readonly kind?: string;
  /** Audience that a session must hold a token for. */
  readonly audience?: string;
  /** `namespace/name` of service accounts that may read; everyone when absent. */
  readonly serviceAccounts?: readonly string[];
}

/** A store without a network whose content and failures a test decides. */
export interface MemoryStore extends StoreKind<MemoryParams, MemoryRef> {
  /** Objects by name; change it at any time. */
  readonly objects: Map<string, MemoryObject>;
  /** Names that answer access_denied, and names that never answer. */
  readonly denied: Set<string>;
  readonly slow: Set<string>;
  /** Calls of `fetch` so far, the refs each had, and how many of them were stopped by their signal. */
  readonly calls: { count: number; refs: (readonly string[])[]; aborted: number };
  /** The next `times` calls fail as a whole. */
  failNext(times: number, reason: Reason): void;
}

/** Holds `db` (`s3cret`, version 7) and `bin` (00 ff 0a 80, version 1); `denied` is forbidden, `slow` never answers. */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const kind = options.kind ?? "memory";
  const failures: Reason[] = [];
  const store: MemoryStore = {
    kind,
    objects: new Map([
      ["db", { content: Buffer.from("s3cret"), version: "7" }],
      ["bin", { content: Uint8Array.of(0x00, 0xff, 0x0a, 0x80), version: "1" }],
    ]),
    denied: new Set(["denied"]),
    slow: new Set(["slow"]),
    calls: { count: 0, refs: [], aborted: 0 },
    failNext: (times, reason) => failures.push(...Array.from({ length: times }, () => reason)),
    language: {
      params: (fields) => ({ address: fields.text("address") }),
      object: (fields, { objectName }) => {
        const version = fields.text("objectVersion");
        return memoryRead(objectName, version);
      },
      criteria: ["prefix", "tags"],
    },
    describe: ({ address }) => ({
      addresses: address === undefined ? [] : [address],
      audience: options.audience === undefined ? undefined : { name: options.audience, required: true, byApi: "no" },
      identity: { address },
      quota: "",
      proof: "service-account",
      chosenBy: "manifest",
      files: [],
      retries: standardRetries,
      sessionPer: "service-account",
      endpoints: [],
    }),
    connect: () =>
      connectionOf({
        // It leaves the tags to the caller.
        list: ({ prefix }) =>
          Promise.resolve(
            [...store.objects]
              .filter(([name]) => name.startsWith(prefix))
              .map(([name, { tags = {} }]) => ({
                name,
                tags: new Map(Object.entries(tags)),
                read: memoryRead(name),
                certain: true,
              })),
          ),
        fetch: async (refs, session, signal) => {
          store.calls.count += 1;
          store.calls.refs.push(refs.map((ref) => ref.name));
          const reason = failures.shift();
          if (reason !== undefined) throw new MountError(reason, "the memory store was told to fail");
          checkIdentity(options, session);
          return Promise.all(refs.map((ref) => read(store, ref, session, signal)));
        },
      }),
  };
  return store;
}

function memoryRead(name: string, version?: string): ObjectRead<MemoryRef> {
  return readOf({ name, version }, JSON.stringify([name, version]));
}

function accountOf(session: Session<MemoryParams>): string {
  return `${session.pod.namespace}/${session.pod.serviceAccount}`;
}

function checkIdentity(options: MemoryStoreOptions, session: Session<MemoryParams>): void {
  const { audience, serviceAccounts } = options;
  if (audience !== undefined && !session.tokens.has(audience)) {
    const message = `no token for audience ${JSON.stringify(audience)}; add it to tokenRequests of the CSIDriver object`;
    throw new MountError("identity_missing", message);
  }
  if (serviceAccounts !== undefined && !serviceAccounts.includes(accountOf(session))) {
    throw new MountError("access_denied", `service account ${accountOf(session)} may not use the memory store`);
  }
}

async function read(
  store: MemoryStore,
  ref: MemoryRef,
  session: Session<MemoryParams>,
  signal: AbortSignal,
): Promise<Outcome> {
  if (store.slow.has(ref.name)) await never(store, signal);
  const name = JSON.stringify(ref.name);
  if (store.denied.has(ref.name)) {
    const message = `service account ${accountOf(session)} may not read ${name}`;
    return { kind: "failed", error: new MountError("access_denied", message) };
  }
  const object = store.objects.get(ref.name);
  if (object === undefined) return { kind: "missing", problem: `the memory store has no object ${name}` };
  if (ref.version !== undefined && ref.version !== object.version) {
    return { kind: "missing", problem: `object ${name} has no such version` };
  }
  return { kind: "found", value: new Secret(Uint8Array.from(object.content)), version: object.version };
}

/** Rejects when the signal aborts, and never resolves. */
function never(store: MemoryStore, signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => {
      store.calls.aborted += 1;
      reject(new MountError("cancelled", "the memory store was told to stop"));
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
