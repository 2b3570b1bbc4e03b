import type { Identity } from "age-encryption";
import { isGranted } from "../../model/grant.ts";
import { MountError } from "../../model/error.ts";
import type { KeySource } from "../../model/key.ts";
import { Secret } from "../../model/secret.ts";
import { parseAgeIdentities, type AgeIdentity } from "./identities.ts";
import { createKeyFile, type KeyFile } from "../material/file.ts";
import type { KeyService, Unwrapped } from "../key-service.ts";

/** Most stanzas of one header, and most post-quantum ones: each costs some milliseconds of this thread. */
const most = { stanzas: 64, postQuantum: 8, armor: 256 * 1024 };

/** Told from every other failure: no granted key is meant by the header. */
class NoFit extends Error {}

/** Opens age files with the X25519, post-quantum and SSH identities in the operator's key files. Never asks a passphrase. */
export function createAgeService(sources: readonly KeySource[]): KeyService {
  const files = sources.map((source) => createKeyFile(source, parseAgeIdentities));
  return {
    kind: "age",
    async unwrap(wrapped, use) {
      const granted = files.filter((file) => isGranted(file.source.namespaces, use.pod.namespace));
      return unwrapWith(granted, wrapped.enc, use.signal);
    },
  };
}

async function unwrapWith(
  files: readonly KeyFile<readonly AgeIdentity[]>[],
  enc: string,
  signal: AbortSignal,
): Promise<Unwrapped> {
  const failures: Unwrapped[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    try {
      return { kind: "opened", key: new Secret(await openAge(enc, await file.read())) };
    } catch (thrown) {
      failures.push(failureOf(thrown));
    }
  }
  signal.throwIfAborted();
  const worst = (kind: Unwrapped["kind"]) => failures.find((failure) => failure.kind === kind);
  return worst("damaged") ?? worst("unavailable") ?? { kind: "closed" };
}

function failureOf(thrown: unknown): Unwrapped {
  if (thrown instanceof NoFit) return { kind: "closed" };
  if (thrown instanceof MountError) return { kind: "unavailable", error: thrown };
  return { kind: "damaged" };
}

async function openAge(enc: string, identities: readonly AgeIdentity[]): Promise<Uint8Array> {
  if (enc.length > most.armor) throw new Error("armor too long");
  const { armor, Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  decrypter.addIdentity(boundary("first"));
  for (const identity of identities) decrypter.addIdentity(identity);
  decrypter.addIdentity(boundary("last"));
  return decrypter.decrypt(armor.decode(unindented(enc)));
}

/** Asked first, it bounds the header; asked last, it says that nobody before it was meant. */
function boundary(at: "first" | "last"): Identity {
  return {
    unwrapFileKey(stanzas) {
      if (at === "last") throw new NoFit();
      const postQuantum = stanzas.filter((stanza) => stanza.args[0] === "mlkem768x25519").length;
      if (stanzas.length > most.stanzas || postQuantum > most.postQuantum) throw new Error("too many stanzas");
      return null;
    },
  };
}

/** Text pasted into a manifest may keep its indentation, which the armor decoder refuses. */
function unindented(enc: string): string {
  return enc
    .split("\n")
    .map((line) => line.trim())
    .join("\n");
}
