import type { Send, SendAnswer } from "../../http/send.ts";
import type { Clock } from "../../model/clock.ts";
import { MountError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import type { AccessToken } from "../token-cache.ts";
import { credentialsToken } from "./credentials.ts";
import { readRefusal } from "./fault.ts";
import type { AwsSettings } from "./settings.ts";

/** Which of the agent's two addresses are tried, the first first. */
export type AddressType = "auto" | "ipv4" | "ipv6";

/** Asks the node's EKS Pod Identity agent for the credentials of a token. Rejects with MountError. */
export type AskAgent = (request: AgentRequest, signal: AbortSignal) => Promise<AccessToken>;

/** A pod's token, and whose it is. */
export interface AgentRequest {
  readonly token: Secret;
  readonly addressType: AddressType;
  /** `NAMESPACE/NAME` of the service account. */
  readonly account: string;
}

/** What the agent is reached with. */
export interface AgentDeps {
  readonly send: Send;
  readonly clock: Clock;
  readonly settings: AwsSettings;
}

const path = "/v1/credentials";
const addresses = { ipv4: "http://169.254.170.23", ipv6: "http://[fd00:ec2::23]" } as const;

/** How long an agent that does not answer is waited for, in milliseconds: on a fresh node it starts with the pods. */
const patience = 8_000;

/** Pauses between tries, in milliseconds; the last one repeats. */
const pauses = [200, 400, 800, 1_000] as const;

/** Life of credentials that name no end, in milliseconds. */
const endless = 3_600_000;

/** Makes the client of the agent; the address that answered last is tried first. */
export function createAgent({ send, clock, settings }: AgentDeps): AskAgent {
  const preferred = { address: addresses.ipv4 as string };
  const { podIdentityAgent, podIdentityTimeout } = settings;
  const candidates = (type: AddressType): readonly string[] => {
    if (podIdentityAgent !== "") return [podIdentityAgent.replace(/\/+$/u, "")];
    if (type !== "auto") return [addresses[type]];
    const other = preferred.address === addresses.ipv4 ? addresses.ipv6 : addresses.ipv4;
    return [preferred.address, other];
  };
  const askOne = async (address: string, { token }: AgentRequest, signal: AbortSignal) => {
    const headers = { authorization: token.revealText(), accept: "application/json" };
    const url = new URL(address + path);
    return send({ method: "GET", url, headers, limit: podIdentityTimeout, mostBytes: 65_536 }, signal);
  };
  const round = async (request: AgentRequest, signal: AbortSignal): Promise<AccessToken> => {
    let failure: unknown;
    for (const address of candidates(request.addressType)) {
      try {
        const answer = await askOne(address, request, signal);
        preferred.address = address;
        return read(answer, address, request, clock);
      } catch (thrown) {
        signal.throwIfAborted();
        if (!isUnreachable(thrown)) throw thrown;
        failure ??= thrown;
      }
    }
    throw failure;
  };
  return async (request, signal) => {
    if (/[\r\n]/u.test(request.token.revealText())) {
      throw new MountError("identity_malformed", "the pod's token for EKS Pod Identity holds a line break");
    }
    const until = clock.monotonic() + patience;
    for (let tries = 0; ; tries += 1) {
      try {
        return await round(request, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        const pause = pauses[Math.min(tries, pauses.length - 1)] ?? 1_000;
        if (!isUnreachable(thrown)) throw thrown;
        if (clock.monotonic() + pause >= until) throw silent(candidates(request.addressType), thrown);
        await clock.sleep(pause, signal);
      }
    }
  };
}

/** No answer, or one of an agent that is not ready. */
function isUnreachable(thrown: unknown): boolean {
  return thrown instanceof MountError && thrown.reason === "store_unavailable";
}

function silent(tried: readonly string[], cause: unknown): MountError {
  const hosts = tried.map((address) => new URL(address).host).join(" and ");
  const text = `the node's EKS Pod Identity agent does not answer at ${hosts}; check the add-on eks-pod-identity-agent on this node`;
  return new MountError("store_unavailable", text, { cause });
}

function read(answer: SendAnswer, address: string, request: AgentRequest, clock: Clock): AccessToken {
  const { status } = answer;
  const who = `the EKS Pod Identity agent at ${new URL(address).host}`;
  if (status >= 500) throw new MountError("store_unavailable", `${who} failed with status ${status}`);
  const text = Buffer.from(answer.body).toString("utf8");
  if (status !== 200) throw refusal(answer, text, who, request, clock);
  const fields = fieldsOf(text);
  const value = (name: string) => fields.get(name) ?? "";
  const [id, secret, token] = [value("accesskeyid"), value("secretaccesskey"), value("token")];
  const now = clock.now();
  const expiresAt = fields.has("expiration") ? Date.parse(value("expiration")) : now + endless;
  if (id === "" || secret === "" || Number.isNaN(expiresAt)) {
    throw new MountError("store_protocol", `${who} answered with something that is no credential`);
  }
  const parts = {
    id,
    secret: Secret.fromText(secret),
    sessionToken: token === "" ? undefined : Secret.fromText(token),
  };
  return credentialsToken(parts, now, expiresAt);
}

/** The texts at the top of a JSON object, anything else as no date; names in lower case, as Go matches them in any. */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== "object" || json === null) return new Map();
    const entries = Object.entries(json as Readonly<Record<string, unknown>>);
    return new Map(
      entries.flatMap(([name, value]) =>
        value === null ? [] : [[name.toLowerCase(), typeof value === "string" ? value : ""] as const],
      ),
    );
  } catch {
    return new Map();
  }
}

function refusal(
  answer: SendAnswer,
  text: string,
  who: string,
  { token, account }: AgentRequest,
  clock: Clock,
): MountError {
  const { status } = answer;
  if (status === 429) {
    const { retryAfter } = readRefusal(answer, clock.now());
    return new MountError("store_throttled", `${who} throttles`, {
      answered: true,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }
  const fields = fieldsOf(text);
  const said = [fields.get("code"), fields.get("message")]
    .filter((words) => words !== undefined && words !== "" && !words.includes(token.revealText()))
    .map((words) => words?.replaceAll(/[^\x20-\x7e]/gu, "").slice(0, 200))
    .join(": ");
  const because = said === "" ? `status ${status}` : said;
  if (status === 404 || /no association/iu.test(said)) {
    return new MountError(
      "identity_refused",
      `${who} has no association for service account ${account}; create a pod identity association, or use the role ` +
        `annotation instead (provider aws: remove usePodIdentity; native: auth: irsa) (${because})`,
    );
  }
  return new MountError("identity_refused", `${who} refused service account ${account}: ${because}`);
}
