import type { KeyUse, Unwrapped, WrappedKey } from "../../keys/key-service.ts";
import type { Keyring } from "../../keys/contract.ts";
import { MountError } from "../../model/error.ts";
import type { Metadata } from "./metadata.ts";
import { combineShares, shareProblem } from "./shamir.ts";
import { keyNotGranted, type LackingKey } from "../../keys/not-granted.ts";

/** Bytes of a data key; a share of one is a byte longer. */
const keyBytes = 32;

/** A wrapped key that did not open, and why. */
interface Failure {
  readonly wrapped: WrappedKey;
  readonly result: Exclude<Unwrapped, { kind: "opened" }> | { readonly kind: "unsupported" };
}

/** Kinds that open without asking anybody. */
const localKinds = new Set(["age", "pgp"]);

/**
 * Unwraps the data key with the keys granted to the pod's namespace: any entry of a single group, or one entry each of
 * enough groups. Services are asked only where the local keys of all groups did not suffice, so that a dead one costs
 * nothing then. The caller wipes the key. Throws MountError `key_not_granted`, `document_rejected`, or as the service
 * or key file that failed.
 */
export async function openDataKey(metadata: Metadata, keyring: Keyring, use: KeyUse): Promise<Buffer> {
  const { namespace } = use.pod;
  const opened = new Map<number, Uint8Array>();
  const failures: Failure[] = [];
  try {
    for (const local of [true, false]) {
      for (const [at, group] of metadata.groups.entries()) {
        if (opened.has(at) || opened.size >= metadata.threshold) continue;
        const entries = group.filter(({ kind }) => localKinds.has(kind) === local);
        const key = await openGroup(entries, keyring, use, failures);
        if (key !== undefined) opened.set(at, key);
      }
    }
    if (opened.size < metadata.threshold) {
      throw refusal(metadata, opened.size, failures, { standing: keyring.standing(namespace), namespace });
    }
    const keys = [...opened.values()];
    return metadata.groups.length === 1 ? singleKey(keys) : combinedKey(keys);
  } finally {
    for (const key of opened.values()) key.fill(0);
  }
}

async function openGroup(
  group: readonly WrappedKey[],
  keyring: Keyring,
  use: KeyUse,
  failures: Failure[],
): Promise<Uint8Array | undefined> {
  for (const wrapped of group) {
    use.signal.throwIfAborted();
    const service = keyring.service(wrapped.kind);
    const result = service === undefined ? { kind: "unsupported" as const } : await service.unwrap(wrapped, use);
    if (result.kind === "opened") return result.key.reveal();
    failures.push({ wrapped, result });
  }
  return undefined;
}

function singleKey(opened: readonly Uint8Array[]): Buffer {
  const key = Buffer.from(opened[0] ?? []);
  if (key.length === keyBytes) return key;
  key.fill(0);
  throw rejected(`its data key is not ${keyBytes} bytes long`);
}

function combinedKey(shares: readonly Uint8Array[]): Buffer {
  const problem = shareProblem(shares);
  if (problem !== undefined) throw rejected(`its key groups hold ${problem}`);
  if (shares[0]?.length !== keyBytes + 1) throw rejected(`its key shares are not ${keyBytes + 1} bytes long`);
  return combineShares(shares);
}

/** A damaged entry or a key that cannot be read is named before the lack of a grant, which may only follow from it. */
function refusal(
  metadata: Metadata,
  opened: number,
  failures: readonly Failure[],
  who: Pick<LackingKey, "standing" | "namespace">,
): MountError {
  const groups = metadata.groups.length > 1 ? `opened ${opened} of ${metadata.threshold} needed key groups; ` : "";
  for (const { result } of failures) {
    if (result.kind !== "unavailable") continue;
    const { reason, message, context } = result.error;
    return new MountError(reason, groups + message, context);
  }
  const damaged = failures.filter(({ result }) => result.kind === "damaged");
  if (damaged.length > 0) return rejected(`${groups}its data key is damaged as wrapped for ${named(damaged)}`);
  const closed = failures.filter(({ result }) => result.kind === "closed");
  const unsupported = failures.filter(({ result }) => result.kind === "unsupported");
  const others = unsupported.length === 0 ? "" : `; not supported in this version: ${named(unsupported)}`;
  const recipients = `it is encrypted for ${named(closed)}${others}`;
  if (who.standing === "granted") {
    const fix = `the operator must add ${who.namespace} to keys[].namespaces of such a key`;
    const problem = `${groups}no key granted to namespace ${who.namespace} opens the document`;
    return new MountError("key_not_granted", `${problem}; ${recipients}; ${fix}`);
  }
  const { message } = keyNotGranted({ ...who, purpose: "to open the document with", which: "of its recipients" });
  return new MountError("key_not_granted", `${groups}${message}; ${recipients}`);
}

/** Key ids are the document author's text, so only so much of it is shown. */
function named(failures: readonly Failure[]): string {
  const names = failures.map(({ wrapped: { kind, id } }) => `${kind} ${shownId(id)}${needsPlugin(kind, id)}`);
  const unique = [...new Set(names)];
  const shown = unique.slice(0, 8).join(", ");
  return unique.length > 8 ? `${shown} and ${unique.length - 8} more` : shown;
}

function shownId(id: string): string {
  const visible = id.replace(/[^\x20-\x7e]/g, "?");
  return visible.length > 120 ? `${visible.slice(0, 120)}…` : visible;
}

/** Recipients of plugins carry the plugin's name: `age1yubikey1…`; plain ones have no second `1` in them. */
function needsPlugin(kind: string, id: string): string {
  return kind === "age" && /^age1(?!pq1)[^1]+1/.test(id) ? " (an age plugin, not supported)" : "";
}

function rejected(problem: string): MountError {
  return new MountError("document_rejected", problem);
}
