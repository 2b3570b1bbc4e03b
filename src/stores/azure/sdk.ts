import type { Send, SendAnswer } from "../../http/send.ts";
import type { HeldToken } from "../../identity/token-cache.ts";
import { MountError } from "../../model/error.ts";
import { parseChallenge } from "./challenge.ts";

/** What the SDK's clients of one vault send with. */
export interface VaultNetwork {
  readonly send: Send;
  /** Where the vault is, without a slash at its end. */
  readonly base: string;
  /** Whether `base` is the operator's emulator, whose names in answers are not its own. */
  readonly emulator: boolean;
  /** Name of the vault, for messages. */
  readonly vault: string;
  /** The token to read with; with `claims`, one from a sign-in that hands them over (JSON). */
  token(claims?: string): Promise<HeldToken>;
  readonly signal: AbortSignal;
}

/** An answer of a vault other than 200; it leaves the SDK unread. */
export class VaultFault extends Error {
  readonly answer: SendAnswer;

  constructor(answer: SendAnswer) {
    super(`status ${answer.status}`);
    this.name = "VaultFault";
    this.answer = answer;
  }
}

/** What the SDK hands to its transport, as far as it is used (`@azure/core-rest-pipeline`, PipelineRequest). */
interface SdkRequest {
  url: string;
  readonly method: string;
  readonly headers: SdkHeaders;
}

/** The SDK's headers, as far as they are used. */
interface SdkHeaders {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

/** Longest wait for an answer in ms, and its largest body in bytes. */
const limits = { limit: 20_000, mostBytes: 1024 * 1024 } as const;

/** Version of Key Vault's API. Newer ones are not in every cloud. */
const serviceVersion = "7.4" as const;

/**
 * The options that make a client of the SDK ours: one attempt, sent by our HTTP client with our token, no probe for a
 * challenge, nothing told to Azure about this program. Any answer but 200 leaves as VaultFault, before the SDK reads it.
 */
export function clientOptions<Request extends SdkRequest, Answer>(network: VaultNetwork) {
  return {
    serviceVersion,
    retryOptions: { maxRetries: 0 },
    httpClient: { sendRequest: (request: Request) => sendOwn(request, network) },
    additionalPolicies: [
      {
        position: "perCall" as const,
        policy: {
          name: "keyferryToken",
          sendRequest: (request: Request, next: (request: Request) => Promise<Answer>) =>
            withToken(request, () => next(request), network),
        },
      },
    ],
  };
}

/** Asked for by the SDK for sign-ins after its own probe, which is never made. */
export const noCredential = {
  getToken: () => Promise.reject(new MountError("internal", "the SDK signed in by itself")),
};

/** A refused token is replaced once: where it was cached, and where the vault asks for one that meets its claims. */
async function withToken<Answer>(
  { headers }: SdkRequest,
  next: () => Promise<Answer>,
  network: VaultNetwork,
): Promise<Answer> {
  const held = await network.token();
  headers.set("authorization", `Bearer ${held.token.revealText()}`);
  try {
    return await next();
  } catch (thrown) {
    if (!(thrown instanceof VaultFault) || thrown.answer.status !== 401) throw thrown;
    const { claims } = checkedChallenge(thrown.answer, network);
    if (!held.kept && claims === undefined) throw thrown;
    held.drop();
    const again = await network.token(claims);
    headers.set("authorization", `Bearer ${again.token.revealText()}`);
    return next();
  }
}

/** A vault that wants a token for somebody else is not the vault that it seems to be. */
function checkedChallenge({ headers }: SendAnswer, { base, emulator, vault }: VaultNetwork) {
  const challenge = parseChallenge(headers["www-authenticate"] ?? "");
  const { resource } = challenge;
  if (emulator || resource === undefined) return challenge;
  const wanted = URL.parse(resource);
  if (wanted !== null && new URL(base).host.endsWith(`.${wanted.host}`)) return challenge;
  const problem = `the challenge resource of vault ${vault} doesn't match the requested domain; check cloudName`;
  throw new MountError("store_untrusted", problem);
}

async function sendOwn<Request extends SdkRequest>(request: Request, network: VaultNetwork) {
  const { method, headers } = request;
  const own = { accept: "application/json", "user-agent": "keyferry" };
  const authorization = headers.get("authorization");
  const sent = authorization === undefined ? own : { ...own, authorization };
  const answer = await network.send(
    { method, url: ownUrl(request.url, network), headers: sent, ...limits },
    network.signal,
  );
  if (answer.status !== 200) throw new VaultFault(answer);
  const bodyAsText = Buffer.from(answer.body.buffer, answer.body.byteOffset, answer.body.byteLength).toString("utf8");
  return { request, status: 200, headers: jsonHeaders(), bodyAsText };
}

/** A page of a list may be at the same vault only: the token goes along. */
function ownUrl(text: string, { base, emulator, vault }: VaultNetwork): URL {
  // The SDK writes the hyphen as %2D; logs and rules of firewalls look for the documented spelling.
  const [url, own] = [URL.parse(text.replace("api%2Dversion=", "api-version=")), new URL(base)];
  if (url?.origin === own.origin) return url;
  if (url !== null && emulator) return new URL(base + url.pathname + url.search);
  throw new MountError("store_protocol", `vault ${vault} continues its list on another host`);
}

/** Key Vault speaks JSON alone; what else comes is refused as such, whatever its type says. */
function jsonHeaders() {
  const fields = new Map([["content-type", "application/json"]]);
  return {
    get: (name: string) => fields.get(name.toLowerCase()),
    has: (name: string) => fields.has(name.toLowerCase()),
    set: (name: string, value: string | number | boolean) => {
      fields.set(name.toLowerCase(), String(value));
    },
    delete: (name: string) => {
      fields.delete(name.toLowerCase());
    },
    toJSON: () => Object.fromEntries(fields),
    [Symbol.iterator]: () => fields.entries(),
  };
}

/**
 * Runs one call of the SDK. Rejects with VaultFault for an answer other than 200, with the MountError of the HTTP client,
 * with the signal's reason, or with `store_protocol` for an answer that the SDK cannot read: its own text may quote it.
 */
export async function runCall<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof VaultFault || thrown instanceof MountError) throw thrown;
    throw notKeyVaults();
  }
}

/** `store_protocol`, for an answer of another form than Key Vault's. */
export function notKeyVaults(): MountError {
  return new MountError("store_protocol", "the vault's answer is not that of Key Vault; check the address and proxies");
}
