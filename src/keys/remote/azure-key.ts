import { outageOf } from "../../http/outage.ts";
import { parseRetryAfter } from "../../http/retry-after.ts";
import type { SendAnswer } from "../../http/send.ts";
import { assertionCredential, exchange, secretCredential, type EntraLogin } from "../../identity/azure/exchange.ts";
import { podToken } from "../../identity/pod-token.ts";
import { KeptTokens } from "../../identity/token-cache.ts";
import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { Fields } from "../../model/fields.ts";
import type { KeySource, PathOf } from "../../model/key.ts";
import { Secret } from "../../model/secret.ts";
import { countKeys, createKeyFile, KeyProblem } from "../material/file.ts";
import { optionalAddress, optionalPath, requiredPatterns } from "../own-settings.ts";
import { inFiles, neededAudience, type KeyPlugin } from "../plugin.ts";
import type { KeyService, KeyUse } from "../key-service.ts";
import type { KeyNetwork } from "../network.ts";
import { createRemoteService, type RemoteSource } from "./service.ts";

/** Longest wait for an answer in milliseconds, and its largest body in bytes. */
const limits = { limit: 15_000, mostBytes: 256 * 1024 } as const;

/** Keys in Azure Key Vault; `file` holds a client secret. */
export interface AzureKeys extends KeySource {
  readonly kind: "azure-key";
  /** Addresses of vaults; a document that names another is not for this source. */
  readonly vaults: readonly string[];
  /** Names or patterns of keys that may be used. */
  readonly keys: readonly string[];
  readonly tenantId: string;
  readonly clientId: string;
  /** Audience of the pod's token that stands for a client secret; undefined where the source's file holds that. */
  readonly audience: string | undefined;
  /** Address that gives tokens. */
  readonly authority: string;
}

/** The plug-in of keys of kind `azure-key`. Asks only vaults and keys that a source names. */
export const azureKey: KeyPlugin<AzureKeys, KeyService> = {
  ...inFiles,
  kind: "azure-key",
  opens: "azure_kv",
  read: readSettings,
  audience: ({ audience }) => neededAudience(audience),
  endpoints: ({ vaults, authority }) => [...vaults, authority].map((address) => ({ address })),
  inspect: (source) => countKeys(secretIn(source)),
  open: (sources, { network }) => {
    const remotes = sources.map((source) => createSource(source, network));
    const service = createRemoteService("azure_kv", remotes, network.outside);
    return { service, given: service };
  },
};

function readSettings(fields: Fields, pathOf: PathOf): Omit<AzureKeys, "name" | "namespaces"> {
  const fix = "list the addresses of the vaults, such as https://shop.vault.azure.net";
  const vaults = requiredPatterns(fields, "vaults", fix);
  const keys = requiredPatterns(fields, "keys", "list the keys that documents may use, such as [sops]");
  const tenantId = fields.requiredText("tenantId", "write the tenant of the application that may decrypt");
  const clientId = fields.requiredText("clientId", "write the application that may decrypt");
  const file = optionalPath(fields, "file", pathOf) ?? "";
  const audience = file === "" ? (fields.text("audience") ?? "api://AzureADTokenExchange") : undefined;
  const authority = optionalAddress(fields, "authority") ?? "https://login.microsoftonline.com";
  return { kind: "azure-key", file, vaults, keys, tenantId, clientId, audience, authority };
}

function secretIn(source: AzureKeys) {
  return createKeyFile(source, (text) => Promise.resolve(parseClientSecret(text)));
}

function createSource(source: AzureKeys, network: KeyNetwork): RemoteSource {
  const kept = new KeptTokens(network.outside, (outcome) => {
    network.loggedIn?.("azure_kv", outcome);
  });
  const file = secretIn(source);
  const credential = async ({ tokens }: KeyUse): Promise<Readonly<Record<string, string>>> => {
    if (source.audience === undefined) return secretCredential(source.clientId, await file.read());
    const { token } = podToken(tokens, source.audience, `key ${JSON.stringify(source.name)}`);
    return assertionCredential(source.clientId, token);
  };
  return {
    source,
    fits: ({ id, fields }) =>
      vaultOf(source, fields) !== undefined &&
      /^[A-Za-z0-9-]{1,127}$/u.test(id) &&
      /^[A-Fa-f0-9]{32}$/u.test(fields.get("version") ?? "") &&
      isGranted(source.keys, id),
    async unwrap({ id, enc, fields }, use) {
      const vault = new URL(vaultOf(source, fields) ?? "");
      const name = `${vault.host}\0${use.session}`;
      const held = await kept.get(name, use.signal, async (signal) => {
        return exchange(network, loginOf(source, vault, await credential(use)), signal);
      });
      const path = `/keys/${id}/${fields.get("version") ?? ""}/decrypt?api-version=7.4`;
      const body = JSON.stringify({ alg: "RSA-OAEP-256", value: enc });
      const headers = { "content-type": "application/json", authorization: `Bearer ${held.token.revealText()}` };
      const request = { method: "POST", url: new URL(path, vault), headers, body, ...limits };
      const answer = await network.send(request, use.signal);
      if (answer.status === 401 || answer.status === 403) held.drop();
      return plaintextOf(answer, source.name, network.outside.now());
    },
  };
}

/** The text of a file with a client secret. Throws KeyProblem. */
function parseClientSecret(text: string): Secret {
  const secret = text.trim();
  if (secret === "") throw new KeyProblem("has a file without a client secret");
  return Secret.fromText(secret);
}

/** The operator's own spelling of the vault that the document names. */
function vaultOf({ vaults }: AzureKeys, fields: ReadonlyMap<string, string>): string | undefined {
  const wanted = originOf(fields.get("vault_url") ?? "");
  return wanted === undefined ? undefined : vaults.find((vault) => originOf(vault) === wanted);
}

/** Undefined for what is more than the address of a server. */
function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  const plain = url?.username === "" && url.password === "" && url.pathname === "/" && url.search === "" && url.hash === ""; // prettier-ignore
  return plain ? url.origin : undefined;
}

function loginOf(
  { name, tenantId, authority }: AzureKeys,
  vault: URL,
  credential: Readonly<Record<string, string>>,
): EntraLogin {
  return {
    authority: new URL("/", authority).href,
    tenantId,
    // The audience is the cloud's: `https://vault.azure.net` for `https://shop.vault.azure.net`.
    scope: `https://${vault.hostname.split(".").slice(1).join(".")}/.default`,
    credential,
    where: ` for key ${JSON.stringify(name)}`,
    fields: "tenant, client and credential of the key in the operator's configuration",
  };
}

function plaintextOf(answer: SendAnswer, name: string, now: number): Uint8Array | undefined {
  const shown = `key ${JSON.stringify(name)}`;
  const outage = outageIn(answer, "Key Vault", now);
  if (outage !== undefined) throw outage;
  if (answer.status === 200) {
    const { value } = parsed(answer);
    if (typeof value === "string" && value !== "") return Buffer.from(value, "base64url");
    throw new MountError("store_protocol", `Key Vault answered ${shown} without a plaintext`);
  }
  if (answer.status === 400) return undefined;
  const text = `Key Vault refused to decrypt with ${shown}: status ${answer.status}`;
  if (answer.status === 404) throw new MountError("object_not_found", text);
  if (answer.status === 401 || answer.status === 403) {
    throw new MountError("access_denied", `${text}; grant the application the action decrypt on the key`);
  }
  throw new MountError("store_protocol", text);
}

function outageIn({ status, headers }: SendAnswer, who: string, now: number): MountError | undefined {
  const retryAfter = parseRetryAfter(headers["retry-after"], now);
  return outageOf({ status, retryAfter }, { throttled: `${who} throttles`, failed: `${who} failed: status ${status}` });
}

/** An empty map for what is no JSON object. */
function parsed({ body }: SendAnswer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
