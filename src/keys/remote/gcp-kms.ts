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
import type { GcpRemote, KeySource } from "../../model/key.ts";
import { createKeyFile } from "../material/file.ts";
import type { KeyService, KeyUse } from "../key-service.ts";
import { createRemoteService, type KeyNetwork, type RemoteSource } from "./service.ts";

/** A key; it becomes the path of a request, so nothing else is in it. */
const resourceForm =
  /^projects\/[a-z0-9.:-]{1,64}\/locations\/[a-z0-9-]{1,64}\/keyRings\/[\w-]{1,63}\/cryptoKeys\/[\w-]{1,63}$/u;

const google = "https://cloudkms.googleapis.com";

/** Google Cloud KMS, as key service of SOPS documents. Asks only for keys that a source names. */
export function createGcpKms(sources: readonly KeySource[], network: KeyNetwork): KeyService {
  const call = createCall(network.send, network.outside, "keyferry");
  const remotes = sources.flatMap((source): readonly RemoteSource[] => {
    const { remote } = source;
    return remote?.kind === "gcp-kms" ? [createSource(source, remote, call, network)] : [];
  });
  return createRemoteService("gcp_kms", remotes, network.outside);
}

function createSource(
  source: KeySource,
  remote: GcpRemote,
  call: Call,
  { outside, loggedIn }: KeyNetwork,
): RemoteSource {
  const { tokenEndpoint = "" } = remote;
  const endpoints = { ...defaultGcpSettings.endpoints, oauth: tokenEndpoint, tokenExchange: tokenEndpoint };
  const exchange: ExchangeWiring = { call, outside, endpoints };
  const kept = new KeptTokens(outside, (outcome) => {
    loggedIn?.("gcp_kms", outcome);
  });
  const readSubject = (path: string) => readFile(path, "utf8");
  const file = createKeyFile(source, (text) => Promise.resolve(parseCredentials(text, readSubject)));
  const login = async (use: KeyUse, signal: AbortSignal): Promise<AccessToken> => {
    if (remote.login === undefined) return (await file.read())(exchange, signal);
    return logIn(remote.login, exchange, source, use, signal);
  };
  return {
    source,
    fits: ({ id }) => resourceForm.test(id) && isGranted(remote.resources, id),
    async unwrap({ id, enc }, use) {
      const held = await kept.get(use.session, use.signal, (signal) => login(use, signal));
      const url = `${remote.endpoint ?? google}/v1/${id}:decrypt`;
      const answer = await call({ url, who: "Cloud KMS", bearer: held.token, json: { ciphertext: enc } }, use.signal);
      if (answer.status === 401 || answer.status === 403) held.drop();
      return plaintextOf(answer, source.name);
    },
  };
}

async function logIn(
  { workloadIdentityProvider, serviceAccount }: NonNullable<GcpRemote["login"]>,
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
    if (typeof plaintext === "string" && plaintext !== "") return Buffer.from(plaintext, "base64");
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
