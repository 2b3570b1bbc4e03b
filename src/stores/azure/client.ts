import type { Send } from "../../http/send.ts";
import type { AzureIdentity, AzureTarget } from "../../identity/azure/azure.ts";
import type { AzureSettings } from "../../identity/azure/settings.ts";
import { MountError } from "../../model/error.ts";
import type { Clock } from "../../model/clock.ts";
import { maxListed } from "../../model/read.ts";
import type { Session } from "../../model/session.ts";
import { refusalOf, VaultRefusal } from "./errors.ts";
import type { AzureContent, AzureObjectType, AzureRef, AzureVersion } from "./objects.ts";
import { VaultFault, type VaultNetwork } from "./sdk.ts";
import type { ListedSecret, ListedVersion, VaultKind } from "./vault-kind.ts";

/** What the client is wired with. */
export interface ClientWiring {
  readonly send: Send;
  readonly outside: Clock;
  readonly identity: AzureIdentity;
  readonly settings: AzureSettings;
}

/** A vault, and who reads it. */
export interface AzureVault {
  readonly name: string;
  readonly target: AzureTarget;
}

/** Most versions of one object that are read at once, and most pages of its list. */
const most = { reads: 8, pages: 400 } as const;

/** Reads the version, or the versions, that a ref names, newest first. Rejects with MountError or VaultRefusal. */
export async function readRef(
  ref: AzureRef,
  vault: AzureVault,
  session: Session<unknown>,
  wiring: ClientWiring,
  signal: AbortSignal,
): Promise<readonly AzureVersion[]> {
  const client = new VaultClient(ref, vault, await kindOf(ref.type, networkOf(vault, session, wiring, signal)), wiring);
  if (ref.history === undefined) return [await client.read(ref.version)];
  const versions = await client.history(ref.history);
  const found: AzureVersion[] = [];
  for (let at = 0; at < versions.length; at += most.reads) {
    const some = versions.slice(at, at + most.reads);
    found.push(...(await Promise.all(some.map((version) => client.read(version)))));
  }
  return found;
}

/**
 * The secrets of a vault that have a value: enabled, and not past their end. Rejects with MountError; where the vault
 * refuses, it says what listing needs.
 */
export async function listSecrets(
  vault: AzureVault,
  session: Session<unknown>,
  wiring: ClientWiring,
  signal: AbortSignal,
): Promise<readonly ListedSecret[]> {
  const { createSecrets } = await import("./secrets-client.ts");
  const pages = createSecrets(networkOf(vault, session, wiring, signal)).list();
  const every: AzureRef = { type: "secret", name: "*", version: "", history: undefined, form: undefined };
  const now = wiring.outside.now();
  const listed: ListedSecret[] = [];
  for (let count = 0; count < maxListed && listed.length <= maxListed; count += 1) {
    const page = await pages.next().catch((thrown: unknown) => {
      if (!(thrown instanceof VaultFault)) throw thrown;
      const question = { ref: every, version: "", vault: vault.name, tenantId: vault.target.tenantId, now };
      throw notListed(refusalOf(thrown.answer, question), vault);
    });
    if (page.done !== true) listed.push(...page.value);
    else return listed.filter(({ enabled, expires }) => enabled && (expires === undefined || expires > now / 1000));
  }
  throw new MountError("parameter_invalid", `vault ${vault.name} has more than ${maxListed} secrets to list`);
}

function notListed(refusal: MountError | VaultRefusal, { name }: AzureVault): MountError {
  if (refusal instanceof VaultRefusal) return new MountError("store_protocol", `vault ${name} has no list`);
  if (refusal.reason !== "access_denied") return refusal;
  return new MountError("access_denied", `${refusal.message}; find needs the right to list secrets, too`);
}

/** The SDK's client of a kind of objects is loaded when the first of that kind is read. */
async function kindOf(type: AzureObjectType, network: VaultNetwork): Promise<VaultKind> {
  if (type === "secret") return (await import("./secrets-client.ts")).createSecrets(network);
  if (type === "key") return (await import("./keys-client.ts")).createKeys(network);
  return (await import("./certificates-client.ts")).createCertificates(network);
}

function networkOf(
  vault: AzureVault,
  session: Session<unknown>,
  { send, identity, settings }: ClientWiring,
  signal: AbortSignal,
): VaultNetwork {
  return {
    send,
    signal,
    vault: vault.name,
    base: vaultUrl(vault, settings),
    emulator: settings.endpoints.vault !== "",
    token: (claims) => identity(vault.target, session, signal, claims),
  };
}

/** One object of a vault. */
class VaultClient {
  readonly #ref: AzureRef;
  readonly #vault: AzureVault;
  readonly #kind: VaultKind;
  readonly #wiring: ClientWiring;

  constructor(ref: AzureRef, vault: AzureVault, kind: VaultKind, wiring: ClientWiring) {
    this.#ref = ref;
    this.#vault = vault;
    this.#kind = kind;
    this.#wiring = wiring;
  }

  read(version: string): Promise<AzureVersion> {
    return this.#kind.read(this.#ref.name, version).catch((thrown: unknown) => this.#refused(thrown, version));
  }

  /** The versions to read: enabled ones by age, from the one named, one more than asked for, as the official provider. */
  async history(count: number): Promise<readonly string[]> {
    const listed = await this.#list();
    const enabled = listed.filter((one) => one.enabled).toSorted((a, b) => b.created - a.created);
    const { version: wanted } = this.#ref;
    const newest = wanted === "" || wanted === "latest";
    const first = newest ? 0 : enabled.findIndex(({ version }) => version === wanted);
    if (first === -1 || enabled.length === 0) throw new VaultRefusal("missing", noSuchStart(this.#ref));
    return enabled.slice(first, first + count + 1).map(({ version }) => version);
  }

  async #list(): Promise<readonly ListedVersion[]> {
    const { name } = this.#ref;
    const listed: ListedVersion[] = [];
    const pages = this.#kind.pages(name);
    for (let count = 0; count < most.pages; count += 1) {
      const page = await pages.next().catch((thrown: unknown) => this.#refused(thrown, ""));
      if (page.done === true) return listed;
      listed.push(...page.value);
    }
    throw new MountError("store_protocol", `the list of versions of ${name} does not end`);
  }

  /** What another answer than 200 means, thrown; anything else as it is. */
  #refused(thrown: unknown, version: string): never {
    if (!(thrown instanceof VaultFault)) throw thrown;
    const { name: vault, target } = this.#vault;
    const now = this.#wiring.outside.now();
    throw refusalOf(thrown.answer, { ref: this.#ref, version, vault, tenantId: target.tenantId, now });
  }
}

/** `https://NAME.vault.azure.net`, or the operator's emulator. The name has been held to what a host name may hold. */
export function vaultUrl({ name, target }: AzureVault, { endpoints }: AzureSettings): string {
  if (endpoints.vault !== "") return endpoints.vault.replaceAll("{vault}", name.toLowerCase());
  return `https://${name}.${target.cloud.vaultSuffix}`;
}

function noSuchStart({ type, name, version }: AzureRef): string {
  const what = version === "" ? "no enabled version" : `no enabled version ${JSON.stringify(version.slice(0, 40))}`;
  return `${type} ${JSON.stringify(name)} has ${what} to start its history from; check objectVersion`;
}

export type { AzureContent, AzureObjectType };
