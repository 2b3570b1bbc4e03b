import { createCallVault, type CallVault, type VaultReply, type VaultServer } from "../../identity/vault/call.ts";
import { podToken } from "../../identity/pod-token.ts";
import { vaultOutage, vaultProblem } from "../../identity/vault/error.ts";
import { VaultTokens } from "../../identity/vault/tokens.ts";
import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { Fields } from "../../model/fields.ts";
import type { KeySource, PathOf } from "../../model/key.ts";
import type { Token } from "../../model/pod.ts";
import { Secret } from "../../model/secret.ts";
import { endOfToken } from "../../model/token-subject.ts";
import { parseBase64 } from "../../text/codecs/base64.ts";
import { countKeys, createKeyFile, KeyProblem, type KeyFile } from "../material/file.ts";
import { credentialFile, defined, optionalPath, requiredAddress, requiredPatterns } from "../own-settings.ts";
import { inFiles, neededAudience, type KeyPlugin } from "../plugin.ts";
import type { KeyService, KeyUse } from "../key-service.ts";
import type { KeyNetwork } from "../network.ts";
import { createRemoteService, type RemoteSource } from "./service.ts";

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

/** Keys in a HashiCorp Vault or OpenBao transit engine; `file` holds a token. */
export interface TransitKeys extends KeySource {
  readonly kind: "vault-transit";
  /** `https://…` or `http://…`; a document that names another address is not for this source. */
  readonly address: string;
  /** Names or patterns of the engine paths and keys that may be used. */
  readonly mounts: readonly string[];
  readonly keys: readonly string[];
  /** Vault namespace; empty for none. */
  readonly vaultNamespace: string;
  /** Logs in with the pod's identity; undefined where the source's file holds a token. */
  readonly login: { readonly role: string; readonly authMount: string; readonly audience: string } | undefined;
  /** Path of a PEM file with the CA of the server's certificate; the system's CAs if left out. */
  readonly caFile?: string;
}

/** The plug-in of keys of kind `vault-transit`. */
export const vaultTransit: KeyPlugin<TransitKeys, VaultTransit> = {
  ...inFiles,
  kind: "vault-transit",
  opens: "hc_vault",
  read: readSettings,
  audience: ({ login }) => neededAudience(login?.audience),
  endpoints: ({ address, caFile }) => [{ address, caFile }],
  inspect: (source) => countKeys(tokenIn(source)),
  open: (sources, { network }) => {
    const transit = createVaultTransit(sources, network);
    return { service: transit.service, given: transit };
  },
};

function readSettings(fields: Fields, pathOf: PathOf): Omit<TransitKeys, "name" | "namespaces"> {
  const address = requiredAddress(fields, "address");
  const keys = requiredPatterns(fields, "keys", "list the transit keys that documents may use, such as [sops]");
  const mounts = fields.texts("mounts") ?? ["transit"];
  const vaultNamespace = fields.text("vaultNamespace") ?? "";
  const role = fields.text("role");
  const authMount = fields.text("authMount") ?? "kubernetes";
  const audience = fields.text("audience") ?? "vault";
  const login = role === undefined ? undefined : { role, authMount, audience };
  const file = credentialFile(fields, pathOf, { field: "role", value: role });
  const more = defined({ caFile: optionalPath(fields, "caFile", pathOf) });
  return { kind: "vault-transit", file, address, mounts, keys, vaultNamespace, login, ...more };
}

function tokenIn(source: TransitKeys): KeyFile<Secret> {
  return createKeyFile(source, (text) => Promise.resolve(parseVaultToken(text)));
}

interface Source {
  readonly source: TransitKeys;
  readonly tokenFile: KeyFile<Secret>;
  readonly ca: KeyFile<string> | undefined;
}

function createVaultTransit(sources: readonly TransitKeys[], network: KeyNetwork): VaultTransit {
  const call = createCallVault(network.send, network.outside);
  const tokens = new VaultTokens(call, network.outside, (outcome) => {
    network.loggedIn?.("vault_transit", outcome);
  });
  const known = sources.map(openSource);
  const remotes = known.map((one): RemoteSource => {
    return {
      source: one.source,
      perPod: one.source.login !== undefined,
      fits: ({ fields }) => fits(one.source, fields),
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
        ({ source }) =>
          isGranted(source.namespaces, namespace) &&
          isGranted(source.mounts, "transit") &&
          isGranted(source.keys, name) &&
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

function openSource(source: TransitKeys): Source {
  const { caFile } = source;
  const ca = caFile === undefined ? undefined : createKeyFile({ ...source, file: caFile }, (text) => Promise.resolve(text)); // prettier-ignore
  return { source, tokenFile: tokenIn(source), ca };
}

/** The text of a file with a token. Throws KeyProblem. */
function parseVaultToken(text: string): Secret {
  const token = text.trim();
  if (!/^[\x21-\x7e]+$/u.test(token)) throw new KeyProblem("has a file that does not hold one Vault token");
  return Secret.fromText(token);
}

/** A document's own address only picks the source; what is asked is the operator's. */
function fits({ address, mounts, keys }: TransitKeys, fields: ReadonlyMap<string, string>): boolean {
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
  const { source, ca, call } = asking;
  const trusted = ca === undefined ? undefined : { ca: await ca.read() };
  const server: VaultServer = { address: source.address, namespace: source.vaultNamespace, tls: trusted };
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
  return plaintexts(reply, source, ciphertexts.length);
}

async function tokenOf({ source, tokenFile, tokens }: Asking, server: VaultServer, use: KeyUse) {
  const { login } = source;
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

/** Undefined for an item with an error, or whose plaintext is not base64; an empty text is an empty plaintext. */
function plaintextOf(item: unknown): Uint8Array | undefined {
  if (!isMap(item) || typeof item["plaintext"] !== "string") return undefined;
  if (typeof item["error"] === "string" && item["error"] !== "") return undefined;
  return parseBase64(item["plaintext"]);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
