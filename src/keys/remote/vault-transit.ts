import { createCallVault, type CallVault, type VaultReply, type VaultServer } from "../../identity/vault/call.ts";
import { podToken } from "../../identity/pod-token.ts";
import { vaultOutage, vaultProblem } from "../../identity/vault/error.ts";
import { VaultTokens } from "../../identity/vault/tokens.ts";
import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { KeySource, TransitRemote } from "../../model/key.ts";
import type { Token } from "../../model/pod.ts";
import { Secret } from "../../model/secret.ts";
import { endOfToken } from "../../model/token-subject.ts";
import { createKeyFile, KeyProblem, type KeyFile } from "../material/file.ts";
import type { KeyService, KeyUse } from "../key-service.ts";
import { createRemoteService, type KeyNetwork, type RemoteSource } from "./service.ts";

/** Most ciphertexts of one request. */
const mostTogether = 100;

/** The bytes behind each ciphertext, in order; undefined for one that the key does not open. */
export type OpenTransit = (ciphertexts: readonly string[], use: KeyUse) => Promise<readonly (Uint8Array | undefined)[]>;

/** Vault's transit engine, as key service of SOPS documents and for many ciphertexts at once. */
export interface VaultTransit {
  readonly service: KeyService;
  /** Who opens ciphertexts of the key `name` in the engine at `transit` for a namespace; undefined if nobody may. */
  opener(name: string, namespace: string): OpenTransit | undefined;
}

interface Source {
  readonly source: KeySource;
  readonly remote: TransitRemote;
  readonly tokenFile: KeyFile<Secret>;
  readonly ca: KeyFile<string> | undefined;
}

/** The configured sources; without a network there are none. */
export function createVaultTransit(sources: readonly KeySource[], network: KeyNetwork): VaultTransit {
  const call = createCallVault(network.send, network.outside);
  const tokens = new VaultTokens(call, network.outside, (outcome) => {
    network.loggedIn?.("vault_transit", outcome);
  });
  const known = sources.flatMap((source): readonly Source[] => {
    const { remote } = source;
    return remote?.kind === "vault-transit" ? [openSource(source, remote)] : [];
  });
  const remotes = known.map((one): RemoteSource => {
    return {
      source: one.source,
      perPod: one.remote.login !== undefined,
      fits: ({ fields }) => fits(one.remote, fields),
      unwrap: async ({ enc, fields }, use) => {
        const path = decryptPath(fields.get("engine_path") ?? "", fields.get("key_name") ?? "");
        const [key] = await openWith({ ...one, call, tokens }, path, [enc], use);
        return key;
      },
    };
  });
  return {
    service: createRemoteService("hc_vault", remotes, network.outside),
    opener: (name, namespace) => {
      const granted = known.find(
        ({ source, remote }) =>
          isGranted(source.namespaces, namespace) &&
          isGranted(remote.mounts, "transit") &&
          isGranted(remote.keys, name) &&
          isPath(name),
      );
      if (granted === undefined) return undefined;
      return async (ciphertexts, use) => {
        const opened: (Uint8Array | undefined)[] = [];
        for (let at = 0; at < ciphertexts.length; at += mostTogether) {
          const some = ciphertexts.slice(at, at + mostTogether);
          opened.push(...(await openWith({ ...granted, call, tokens }, decryptPath("transit", name), some, use)));
        }
        return opened;
      };
    },
  };
}

function openSource(source: KeySource, remote: TransitRemote): Source {
  const { caFile } = source;
  const tokenFile = createKeyFile(source, (text) => Promise.resolve(parseVaultToken(text)));
  const ca = caFile === undefined ? undefined : createKeyFile({ ...source, file: caFile }, (text) => Promise.resolve(text)); // prettier-ignore
  return { source, remote, tokenFile, ca };
}

/** The text of a file with a token. Throws KeyProblem. */
export function parseVaultToken(text: string): Secret {
  const token = text.trim();
  if (!/^[\x21-\x7e]+$/u.test(token)) throw new KeyProblem("has a file that does not hold one Vault token");
  return Secret.fromText(token);
}

/** A document's own address only picks the source; what is asked is the operator's. */
function fits({ address, mounts, keys }: TransitRemote, fields: ReadonlyMap<string, string>): boolean {
  const [mount, key] = [fields.get("engine_path") ?? "", fields.get("key_name") ?? ""];
  const own = normalized(address);
  return (
    own !== undefined &&
    own === normalized(fields.get("vault_address") ?? "") &&
    isPath(mount) &&
    isPath(key) &&
    !key.includes("/") &&
    isGranted(mounts, mount) &&
    isGranted(keys, key)
  );
}

/** Undefined for what is no plain address of a server. */
function normalized(address: string): string | undefined {
  const url = URL.parse(address);
  if (url?.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return undefined;
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/u, "")}`;
}

/** Names that mean the same to every server on the way: no escapes, no dots alone. */
function isPath(text: string): boolean {
  return text.split("/").every((part) => /^[\w.-]{1,128}$/u.test(part) && !/^\.+$/u.test(part));
}

function decryptPath(mount: string, key: string): string {
  return `/v1/${mount}/decrypt/${key}`;
}

interface Asking extends Source {
  readonly call: CallVault;
  readonly tokens: VaultTokens;
}

/** One request; with a token that was kept and is refused, a second one with a new token. */
async function openWith(asking: Asking, path: string, ciphertexts: readonly string[], use: KeyUse) {
  const { remote, ca, call } = asking;
  const trusted = ca === undefined ? undefined : { ca: await ca.read() };
  const server: VaultServer = { address: remote.address, namespace: remote.vaultNamespace, tls: trusted };
  const [only] = ciphertexts;
  const body = JSON.stringify(
    ciphertexts.length === 1
      ? { ciphertext: only }
      : { batch_input: ciphertexts.map((ciphertext) => ({ ciphertext })) },
  );
  const ask = (token: Secret) => call(server, { method: "POST", path, token, body }, use.signal);
  const held = await tokenOf(asking, server, use);
  const first = await ask(held.token);
  if (first.status === 401 || first.status === 403) held.drop();
  const again = first.status === 403 && held.kept;
  const reply = again ? await ask((await tokenOf(asking, server, use)).token) : first;
  return plaintexts(reply, asking.source, ciphertexts.length);
}

async function tokenOf({ source, remote, tokenFile, tokens }: Asking, server: VaultServer, use: KeyUse) {
  const { login } = remote;
  if (login === undefined) return { token: await tokenFile.read(), kept: false, drop: () => undefined };
  const { role, authMount: mount, audience } = login;
  const { name, uid } = use.pod;
  const given = use.tokens.get(audience);
  const jwt = async (): Promise<Token> =>
    Promise.resolve(podToken(use.tokens, audience, `key ${JSON.stringify(source.name)}`));
  const jwtEnds = given === undefined ? undefined : endOfToken(given);
  // Vault tells the pods of one service account apart, so each logs in for itself.
  const whose = [source.name, use.session, name, uid].join("\0");
  const own = { server, mount, role, jwt, jwtEnds };
  const { made } = await tokens.prove(whose, own, use.signal);
  const held = await tokens.get(whose, own, use.signal);
  return { ...held, kept: held.kept && made?.token !== held.token };
}

/** A batch in which one item fails has the status 400, with the others' plaintexts in its body. */
function plaintexts(reply: VaultReply, source: KeySource, count: number): readonly (Uint8Array | undefined)[] {
  const name = `key ${JSON.stringify(source.name)}`;
  const outage = vaultOutage(reply, `the Vault of ${name}`);
  if (outage !== undefined) throw outage;
  if (reply.status === 401 || reply.status === 403) {
    throw new MountError("access_denied", `${vaultProblem(reply)} when asking ${name} to decrypt; its policy needs update on that path`); // prettier-ignore
  }
  if (reply.status === 404) throw new MountError("object_not_found", `${name} has no such transit key or mount`);
  const { data } = parsed(reply, name);
  if (reply.status !== 200 && reply.status !== 400) {
    throw new MountError("store_protocol", `${name} was answered with ${vaultProblem(reply)}`);
  }
  const results = isMap(data) ? data["batch_results"] : undefined;
  if (Array.isArray(results) && results.length === count && count > 1) return results.map(plaintextOf);
  if (reply.status === 400) return Array.from({ length: count }, () => undefined);
  const only = plaintextOf(data);
  if (count === 1 && only !== undefined) return [only];
  throw new MountError("store_protocol", `${name} was answered without a plaintext`);
}

function parsed({ body }: VaultReply, name: string): { readonly data?: unknown } {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    if (isMap(value)) return value;
  } catch {
    // Said below.
  }
  throw new MountError("store_protocol", `${name} was not answered in JSON; check that its address is the server's`);
}

/** Undefined for an item with an error; an empty text is an empty plaintext. */
function plaintextOf(item: unknown): Uint8Array | undefined {
  if (!isMap(item) || typeof item["plaintext"] !== "string") return undefined;
  if (typeof item["error"] === "string" && item["error"] !== "") return undefined;
  return Buffer.from(item["plaintext"], "base64");
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
