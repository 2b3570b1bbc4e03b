import { readFile } from "node:fs/promises";
import { createCall, type Call, type CallAnswer } from "../../identity/gcp/call.ts";
import { parseFederation } from "../../identity/gcp/cluster.ts";
import { parseCredentials } from "../../identity/gcp/credentials.ts";
import { fieldOf, outage, readGoogleError } from "../../identity/gcp/error.ts";
import { exchangeToken, impersonate, type ExchangeWiring } from "../../identity/gcp/exchange.ts";
import { defaultGcpSettings } from "../../identity/gcp/settings.ts";
import { podToken } from "../../identity/pod-token.ts";
import { KeptTokens, type AccessToken } from "../../identity/token-cache.ts";
import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { Fields } from "../../model/fields.ts";
import type { KeySource, PathOf } from "../../model/key.ts";
import { parseBase64 } from "../../text/codecs/base64.ts";
import { countKeys, createKeyFile } from "../material/file.ts";
import { credentialFile, optionalAddress, requiredPatterns } from "../own-settings.ts";
import { inFiles, neededAudience, type KeyPlugin } from "../plugin.ts";
import type { KeyService, KeyUse } from "../key-service.ts";
import type { KeyNetwork } from "../network.ts";
import { createRemoteService, type RemoteSource } from "./service.ts";

/** A key; it becomes the path of a request, so nothing else is in it. */
const resourceForm =
  /^projects\/[a-z0-9.:-]{1,64}\/locations\/[a-z0-9-]{1,64}\/keyRings\/[\w-]{1,63}\/cryptoKeys\/[\w-]{1,63}$/u;

const google = { kms: "https://cloudkms.googleapis.com", tokens: "https://sts.googleapis.com" } as const;

/** Keys in Google Cloud KMS; `file` holds Google credentials. */
export interface GcpKmsKeys extends KeySource {
  readonly kind: "gcp-kms";
  /** Resource names of keys, or patterns, that may be used. */
  readonly resources: readonly string[];
  /** Exchanges the pod's token at this provider; undefined where the source's file holds credentials. */
  readonly login:
    { readonly workloadIdentityProvider: string; readonly serviceAccount: string | undefined } | undefined;
  /** Addresses instead of Google's own. */
  readonly endpoint: string | undefined;
  readonly tokenEndpoint: string | undefined;
}

/** The plug-in of keys of kind `gcp-kms`. Asks only for keys that a source names. */
export const gcpKms: KeyPlugin<GcpKmsKeys, KeyService> = {
  ...inFiles,
  kind: "gcp-kms",
  opens: "gcp_kms",
  read: readSettings,
  audience: ({ login }) =>
    neededAudience(login === undefined ? undefined : parseFederation(login.workloadIdentityProvider).tokenAudience),
  endpoints: ({ login, endpoint = google.kms, tokenEndpoint }) => {
    const tokens = login === undefined ? tokenEndpoint : (tokenEndpoint ?? google.tokens);
    return [{ address: endpoint }, ...(tokens === undefined ? [] : [{ address: tokens }])];
  },
  inspect: (source) => countKeys(credentialsIn(source)),
  open: (sources, { network }) => {
    const call = createCall(network.send, network.outside, "keyferry", "");
    const remotes = sources.map((source) => createSource(source, call, network));
    const service = createRemoteService("gcp_kms", remotes, network.outside);
    return { service, given: service };
  },
};

function readSettings(fields: Fields, pathOf: PathOf): Omit<GcpKmsKeys, "name" | "namespaces"> {
  const fix = "list the keys that documents may use, as projects/…/cryptoKeys/…";
  const resources = requiredPatterns(fields, "resources", fix);
  const provider = fields.text("workloadIdentityProvider");
  const serviceAccount = fields.text("serviceAccount");
  const login = provider === undefined ? undefined : { workloadIdentityProvider: provider, serviceAccount };
  const file = credentialFile(fields, pathOf, { field: "workloadIdentityProvider", value: provider });
  const endpoint = optionalAddress(fields, "endpoint");
  const tokenEndpoint = optionalAddress(fields, "tokenEndpoint");
  return { kind: "gcp-kms", file, resources, login, endpoint, tokenEndpoint };
}

function credentialsIn(source: GcpKmsKeys) {
  return createKeyFile(source, (text) => Promise.resolve(parseCredentials(text, (path) => readFile(path, "utf8"))));
}

function createSource(source: GcpKmsKeys, call: Call, { outside, loggedIn }: KeyNetwork): RemoteSource {
  const { tokenEndpoint = "" } = source;
  const endpoints = { ...defaultGcpSettings.endpoints, oauth: tokenEndpoint, tokenExchange: tokenEndpoint };
  const exchange: ExchangeWiring = { call, outside, endpoints };
  const kept = new KeptTokens(outside, (outcome) => {
    loggedIn?.("gcp_kms", outcome);
  });
  const file = credentialsIn(source);
  const login = async (use: KeyUse, signal: AbortSignal): Promise<AccessToken> => {
    if (source.login === undefined) return (await file.read())(exchange, signal);
    return logIn(source.login, exchange, source, use, signal);
  };
  return {
    source,
    fits: ({ id }) => resourceForm.test(id) && isGranted(source.resources, id),
    async unwrap({ id, enc }, use) {
      const held = await kept.get(use.session, use.signal, (signal) => login(use, signal));
      const url = `${source.endpoint ?? google.kms}/v1/${id}:decrypt`;
      const answer = await call({ url, who: "Cloud KMS", bearer: held.token, json: { ciphertext: enc } }, use.signal);
      if (answer.status === 401 || answer.status === 403) held.drop();
      return plaintextOf(answer, source.name);
    },
  };
}

async function logIn(
  { workloadIdentityProvider, serviceAccount }: NonNullable<GcpKmsKeys["login"]>,
  exchange: ExchangeWiring,
  { name }: KeySource,
  { tokens }: KeyUse,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { audience, tokenAudience } = parseFederation(workloadIdentityProvider);
  const subject = tokens.get(tokenAudience) ?? tokens.get(audience) ?? podToken(tokens, tokenAudience, `key ${JSON.stringify(name)}`); // prettier-ignore
  const federated = await exchangeToken(exchange, audience, subject.token, signal);
  if (serviceAccount === undefined) return federated;
  return impersonate(exchange, federated.token, { email: serviceAccount, delegates: [] }, signal);
}

function plaintextOf(answer: CallAnswer, name: string): Uint8Array | undefined {
  const shown = `key ${JSON.stringify(name)}`;
  if (answer.status === 200) {
    const plaintext = fieldOf(answer.json, "plaintext");
    const bytes = typeof plaintext === "string" ? parseBase64(plaintext) : undefined;
    if (bytes !== undefined && bytes.length > 0) return bytes;
    throw new MountError("store_protocol", `Cloud KMS answered ${shown} without a plaintext`);
  }
  const error = readGoogleError(answer.status, answer.json);
  if (answer.status === 429 || answer.status >= 500 || error === undefined) throw outage(answer, "Cloud KMS");
  if (error.code === "InvalidArgument") return undefined;
  const text = `Cloud KMS refused to decrypt with ${shown}: ${error.code}`;
  if (answer.status === 404) throw new MountError("object_not_found", text);
  if (answer.status === 401 || answer.status === 403) {
    throw new MountError("access_denied", `${text}; grant roles/cloudkms.cryptoKeyDecrypter on the key`);
  }
  throw new MountError("object_unusable", text);
}
