import { MountError } from "../model/error.ts";
import type { KeySource } from "../model/key.ts";
import { parseAesKeys } from "./aes.ts";
import { createAgeService } from "./age/age.ts";
import { createAwsKms } from "./remote/aws-kms.ts";
import { createAzureKeys } from "./remote/azure-keys.ts";
import { createGcpKms } from "./remote/gcp-kms.ts";
import { createGrantedKeys } from "./grants.ts";
import { createKeyFile } from "./material/file.ts";
import { createKeyFolder, type KeyText } from "./material/folder.ts";
import { createKeySecrets } from "./material/secrets.ts";
import type { KeyService } from "./key-service.ts";
import type { Keyring } from "./contract.ts";
import { createPgpService } from "./pgp.ts";
import type { KeyNetwork } from "./remote/service.ts";
import { mostBits, parseRsaKeys } from "./rsa-keys.ts";
import { createTurns } from "./turns.ts";
import { parseVaultPassword } from "./password.ts";
import { createVaultTransit } from "./remote/vault-transit.ts";
import { isGranted } from "../model/grant.ts";

/** Told of key material that was passed over; the text names key and file, and nothing of the content. */
export type SkippedKey = (key: string, problem: string) => void;

/** Half of Node.js's threads for slow work; the others stay free for files and name look-ups. */
const atOnce = 2;

/** For who only reads what people wrote. */
const nowhere: KeyNetwork = {
  send: () => Promise.reject(new MountError("store_unavailable", "there is no network here")),
  outside: { now: () => 0, monotonic: () => 0, random: () => 0, sleep: () => Promise.resolve() },
};

/**
 * The operator's keys and their grants. Sources of kinds that no service here reads are left out. Does no I/O: files
 * are read, and services asked, when a key is asked for.
 */
export function createKeyring(
  sources: readonly KeySource[],
  skipped: SkippedKey = () => undefined,
  network: KeyNetwork = nowhere,
): Keyring {
  const turns = createTurns(atOnce);
  const of = (kind: string) => sources.filter((source) => source.kind === kind);
  const rsaFile = (source: KeySource, bits: number) => {
    const parse = (texts: readonly KeyText[]) =>
      parseRsaKeys(texts, { turns, mostBits: bits, skipped: (problem) => skipped(source.name, problem) });
    if (source.controllerNamespace === undefined) return createKeyFolder(source, parse);
    const { outside, listSecrets } = network;
    return createKeySecrets(source, { outside, listSecrets }, parse);
  };
  const services = new Map<string, KeyService>();
  const pgp = createPgpService(of("pgp"), network.compute);
  const transit = createVaultTransit(of("vault-transit"), network);
  const remote = [
    createAwsKms(of("aws-kms"), network),
    createGcpKms(of("gcp-kms"), network),
    createAzureKeys(of("azure-key"), network),
  ];
  for (const service of [createAgeService(of("age")), pgp, ...remote, transit.service]) {
    services.set(service.kind, service);
  }
  return {
    standing: (namespace) => {
      if (sources.length === 0) return "no-keys";
      return sources.some(({ namespaces }) => isGranted(namespaces, namespace)) ? "granted" : "none-granted";
    },
    kinds: [...services.keys()].sort(),
    service: (kind) => services.get(kind),
    pgp,
    transit,
    sealedSecrets: createGrantedKeys(of("sealed-secrets").map((one) => rsaFile(one, mostBits["sealed-secrets"]))),
    // The format has no integrity: only an operator who says so gets it.
    eyaml: createGrantedKeys(
      of("eyaml")
        .filter((source) => source.acceptUnauthenticated === true)
        .map((one) => rsaFile(one, mostBits.eyaml)),
    ),
    ansibleVault: createGrantedKeys(
      of("ansible-vault").map((source) => {
        const id = source.vaultId ?? "default";
        return createKeyFile(source, async (text) => Promise.resolve([parseVaultPassword(text, id, turns)]));
      }),
    ),
    s5: createGrantedKeys(
      of("s5").map((source) => createKeyFile(source, async (text) => Promise.resolve(parseAesKeys(text)))),
    ),
  };
}
