import type { Send, SendAnswer } from "../../http/send.ts";
import type { AzureIdentity, AzureTarget } from "../../identity/azure/azure.ts";
import type { AzureSettings } from "../../identity/azure/settings.ts";
import { MountError } from "../../model/error.ts";
import type { Clock } from "../../model/clock.ts";
import { maxListed } from "../../model/read.ts";
import type { Session } from "../../model/session.ts";
import { refusalOf, VaultRefusal } from "./errors.ts";
import { folders, type AzureContent, type AzureObjectType, type AzureRef, type AzureVersion } from "./objects.ts";
import { parseList, parseSecretList, parseVersion, type ListedSecret, type ListedVersion } from "./replies.ts";

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

const apiVersion = "7.4";

/** Longest wait for an answer in milliseconds, and its largest body in bytes. */
const limits = { limit: 20_000, mostBytes: 1024 * 1024 } as const;

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
  const client = new VaultClient(vault, session, wiring, signal);
  if (ref.history === undefined) return [await client.read(ref, ref.version)];
  const versions = await client.history(ref);
  const found: AzureVersion[] = [];
  for (let at = 0; at < versions.length; at += most.reads) {
    const some = versions.slice(at, at + most.reads);
    found.push(...(await Promise.all(some.map((version) => client.read(ref, version)))));
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
  try {
    const listed = await new VaultClient(vault, session, wiring, signal).secrets();
    const now = wiring.outside.now() / 1000;
    return listed.filter(({ enabled, expires }) => enabled && (expires === undefined || expires > now));
  } catch (thrown) {
    if (thrown instanceof VaultRefusal) throw new MountError("store_protocol", `vault ${vault.name} has no list`);
    if (!(thrown instanceof MountError) || thrown.reason !== "access_denied") throw thrown;
    throw new MountError("access_denied", `${thrown.message}; find needs the right to list secrets, too`);
  }
}

class VaultClient {
  readonly #vault: AzureVault;
  readonly #session: Session<unknown>;
  readonly #wiring: ClientWiring;
  readonly #signal: AbortSignal;
  readonly #base: string;

  constructor(vault: AzureVault, session: Session<unknown>, wiring: ClientWiring, signal: AbortSignal) {
    this.#vault = vault;
    this.#session = session;
    this.#wiring = wiring;
    this.#signal = signal;
    this.#base = vaultUrl(vault, wiring.settings);
  }

  async read(ref: AzureRef, version: string): Promise<AzureVersion> {
    const path = `/${folders[ref.type]}/${encodeURIComponent(ref.name)}/${encodeURIComponent(version)}`;
    const answer = await this.#get(`${path}?api-version=${apiVersion}`, ref, version);
    return parseVersion(answer.body, ref.type);
  }

  /** The versions to read: enabled ones by age, from the one named, so many more than asked for as is documented. */
  async history(ref: AzureRef): Promise<readonly string[]> {
    const listed = await this.#list(ref);
    const enabled = listed.filter((one) => one.enabled).toSorted((a, b) => b.created - a.created);
    const newest = ref.version === "" || ref.version === "latest";
    const first = newest ? 0 : enabled.findIndex(({ version }) => version === ref.version);
    if (first === -1 || enabled.length === 0) throw new VaultRefusal("missing", noSuchStart(ref));
    return enabled.slice(first, first + (ref.history ?? 0) + 1).map(({ version }) => version);
  }

  /** Every secret, without its value. */
  async secrets(): Promise<readonly ListedSecret[]> {
    const listed: ListedSecret[] = [];
    const every: AzureRef = { type: "secret", name: "*", version: "", history: undefined, form: undefined };
    let path = `/secrets?api-version=${apiVersion}`;
    while (listed.length <= maxListed) {
      const answer = await this.#get(path, every, "");
      const { secrets, next } = parseSecretList(answer.body);
      listed.push(...secrets);
      if (next === undefined) return listed;
      if (secrets.length === 0 && next === path) break;
      path = this.#pathOf(next);
    }
    throw new MountError("parameter_invalid", `vault ${this.#vault.name} has more than ${maxListed} secrets to list`);
  }

  async #list(ref: AzureRef): Promise<readonly ListedVersion[]> {
    const listed: ListedVersion[] = [];
    let path = `/${folders[ref.type]}/${encodeURIComponent(ref.name)}/versions?api-version=${apiVersion}`;
    for (let page = 0; page < most.pages; page += 1) {
      const answer = await this.#get(path, ref, "");
      const { versions, next } = parseList(answer.body, ref.type);
      listed.push(...versions);
      if (next === undefined) return listed;
      path = this.#pathOf(next);
    }
    throw new MountError("store_protocol", `the list of versions of ${ref.name} does not end`);
  }

  /** A next page must be at the same vault: the token goes along. */
  #pathOf(next: string): string {
    const url = URL.parse(next);
    const own = new URL(this.#base);
    const trusted = url?.origin === own.origin || this.#wiring.settings.endpoints.vault !== "";
    if (url !== null && trusted) return `${url.pathname}${url.search}`;
    throw new MountError("store_protocol", `vault ${this.#vault.name} continues its list on another host`);
  }

  /** One read; a token from before that is refused is replaced once. */
  async #get(path: string, ref: AzureRef, version: string): Promise<SendAnswer> {
    const first = await this.#ask(path);
    const answer = first.answer.status === 401 && first.kept ? await this.#again(path, first.drop) : first.answer;
    if (answer.status === 200) return answer;
    throw refusalOf(answer, { ref, version, vault: this.#vault.name, now: this.#wiring.outside.now() });
  }

  async #again(path: string, drop: () => void): Promise<SendAnswer> {
    drop();
    return (await this.#ask(path)).answer;
  }

  async #ask(path: string) {
    const { send, identity } = this.#wiring;
    const held = await identity(this.#vault.target, this.#session, this.#signal);
    const url = new URL(this.#base + path);
    if (url.origin !== new URL(this.#base).origin) throw new MountError("internal", "an address left its vault");
    const headers = {
      accept: "application/json",
      "user-agent": "keyferry",
      authorization: `Bearer ${held.token.revealText()}`,
    };
    const answer = await send({ method: "GET", url, headers, ...limits }, this.#signal);
    if (answer.status === 401) this.#checkChallenge(answer);
    return { answer, kept: held.kept, drop: held.drop };
  }

  /** A vault that wants a token for somebody else is not the vault that it seems to be. */
  #checkChallenge({ headers }: SendAnswer): void {
    if (this.#wiring.settings.endpoints.vault !== "") return;
    const resource = /\bresource="([^"]*)"/u.exec(headers["www-authenticate"] ?? "")?.[1];
    const wanted = resource === undefined ? undefined : URL.parse(resource);
    if (wanted === undefined || (wanted !== null && new URL(this.#base).host.endsWith(`.${wanted.host}`))) return;
    throw new MountError(
      "store_untrusted",
      `the challenge resource of vault ${this.#vault.name} doesn't match the requested domain; check cloudName`,
    );
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
