import type { Send, SendAnswer } from "../../http/send.ts";
import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { LoginObserver } from "../../model/login.ts";
import type { Clock } from "../../model/clock.ts";
import type { Secret } from "../../model/secret.ts";
import { sessionKey, withSecrets, type Session } from "../../model/session.ts";
import { readAzureError } from "./error.ts";
import { bindingAudience, createBinding, type BindingWiring } from "./binding.ts";
import { assertionCredential, exchange, readToken, secretCredential, type EntraLogin } from "./exchange.ts";
import type { AzureCloud, AzureSettings } from "./settings.ts";
import { podToken } from "../pod-token.ts";
import { KeptTokens, type AccessToken, type HeldToken } from "../token-cache.ts";

/** Audience of the token that Entra takes of a pod. */
export const exchangeAudience = "api://AzureADTokenExchange";

/** Whose identity reads. */
export type AzureLogin =
  | { readonly mode: "workload"; readonly clientId: string }
  /** AKS identity binding: as workload, by the token proxy of the cluster. */
  | { readonly mode: "binding"; readonly clientId: string }
  /** `unread`: a parameter that nothing reads, and that was most likely to name the client. */
  | { readonly mode: "secret"; readonly unread?: string }
  /** The node's own, system-assigned where no client is named. */
  | { readonly mode: "managed"; readonly clientId: string | undefined };

/** Where a session signs in, and what for. */
export interface AzureTarget {
  readonly cloud: AzureCloud;
  readonly tenantId: string;
  readonly login: AzureLogin;
}

/** What the identity is wired with. */
export interface AzureIdentityWiring extends BindingWiring {
  readonly send: Send;
  readonly outside: Clock;
  readonly loggedIn?: LoginObserver | undefined;
}

/** Gives the access token that a session reads with. Rejects with a MountError. */
export type AzureIdentity = (
  target: AzureTarget,
  session: Session<unknown>,
  signal: AbortSignal,
  /** JSON that a vault wants handed over by a new sign-in, in place of the token that it refused. */
  claims?: string,
) => Promise<HeldToken>;

type Login = (signal: AbortSignal) => Promise<AccessToken>;

/** Largest body of an answer, in bytes. */
const mostBytes = 256 * 1024;

/** The metadata service is on the node: where it is, it answers at once. */
const metadataLimit = 5_000;

const metadataHost = "http://169.254.169.254";

/** Access tokens for Key Vault, kept for each identity until shortly before they end. */
export function createAzureIdentity(wiring: AzureIdentityWiring): AzureIdentity {
  const kept = new KeptTokens(wiring.outside, (outcome) => {
    wiring.loggedIn?.("azure", outcome);
  });
  const binding = createBinding(wiring);
  const tokenOf = (key: string, signal: AbortSignal, login: Login, claims: string | undefined) =>
    claims === undefined ? kept.get(key, signal, login) : kept.renew(key, claims, signal, login);
  return (target, session, signal, claims) => {
    const { cloud, tenantId, login } = target;
    const { pod, secrets, tokens } = session;
    if (login.mode === "managed") {
      checkManaged(wiring.settings, pod.namespace);
      const name = `managed ${login.clientId ?? ""} ${cloud.vaultSuffix}`;
      // The metadata service takes no claims; a new token may meet them.
      return tokenOf(name, signal, (inner) => managedToken(wiring, target, login.clientId, inner), claims);
    }
    const parts = [login.mode, login.mode === "secret" ? "" : login.clientId, tenantId, cloud.authority];
    // Of the session: a pod whose author brought a token along has one of its own, and shares credentials with nobody.
    const key = sessionKey("azure-token", [...parts, cloud.vaultSuffix, session.key], pod);
    if (login.mode !== "secret") {
      const audience = audienceOf(login);
      const { token } = podToken(tokens, audience, "");
      const own = entraLogin(wiring, target, assertionCredential(login.clientId, token));
      const signIn = async (inner: AbortSignal) => {
        const route = login.mode === "binding" ? await binding(inner) : undefined;
        return exchange(wiring, { ...own, claims, route }, inner);
      };
      return tokenOf(key, signal, signIn, claims);
    }
    if (login.unread !== undefined && !hasSecret(secrets, "clientid")) throw unreadClient(login.unread);
    const [client, secret] = [publishSecret(secrets, "clientid"), publishSecret(secrets, "clientsecret")];
    const own = entraLogin(wiring, target, secretCredential(client.revealText(), secret));
    const signIn = (inner: AbortSignal) => exchange(wiring, { ...own, claims }, inner);
    return tokenOf(withSecrets(key, secrets), signal, signIn, claims);
  };
}

function checkManaged(settings: AzureSettings, namespace: string): void {
  if (isGranted(settings.managedIdentity, namespace)) return;
  throw new MountError(
    "not_permitted",
    `namespace ${namespace} may not use the node's managed identities; use workload identity, or ask the operator to ` +
      "list the namespace in the setting azure-managed-identity",
  );
}

/** Audience of the pod's token that a login takes. */
export function audienceOf({ mode }: { readonly mode: "workload" | "binding" }): string {
  return mode === "binding" ? bindingAudience : exchangeAudience;
}

function unreadClient(name: string): MountError {
  const problem = `parameter ${name} is not read, so that no client is named; did you mean clientID?`;
  return new MountError("parameter_unknown", problem);
}

function hasSecret(secrets: Session<unknown>["secrets"], name: string): boolean {
  return [...secrets.keys()].some((key) => key.toLowerCase() === name);
}

/** Keys are compared without regard to case, values are taken as they are. */
function publishSecret(secrets: Session<unknown>["secrets"], name: string): Secret {
  for (const [key, value] of secrets) if (key.toLowerCase() === name) return value;
  throw new MountError(
    "identity_missing",
    `could not find ${name} in the Secret of nodePublishSecretRef; add it there`,
  );
}

/** `https://vault.azure.net/.default` */
function scopeOf({ vaultSuffix }: AzureCloud): string {
  return `https://${vaultSuffix.replace(/:\d+$/u, "")}/.default`;
}

/** As the operator's emulator or the cloud has it. */
function entraLogin(
  { settings }: AzureIdentityWiring,
  { cloud, tenantId }: AzureTarget,
  credential: Readonly<Record<string, string>>,
): EntraLogin {
  const { authority } = settings.endpoints;
  return {
    authority: authority === "" ? cloud.authority : `${authority}/`,
    tenantId,
    scope: scopeOf(cloud),
    credential,
    where: ` of ${cloud.name}`,
    fields: "tenantID, clientID and the credential",
  };
}

/** The service answers 400 for want of an identity, and where it cannot choose one; its text alone tells them apart. */
function unknownIdentity({ body }: SendAnswer, clientId: string | undefined): string {
  if (clientId !== undefined) return "knows no such identity; assign it to the node, or correct userAssignedIdentityID";
  if (/^multiple user.assigned identities/iu.test(readAzureError(body).description)) {
    return "has several identities of the node; name one by its client id in userAssignedIdentityID";
  }
  return "has no identity of the node; assign one to the node, and name a user-assigned one in userAssignedIdentityID";
}

/** Source: "How to use managed identities for Azure resources on an Azure VM to acquire an access token". */
async function managedToken(
  { send, settings, outside }: AzureIdentityWiring,
  { cloud }: AzureTarget,
  clientId: string | undefined,
  signal: AbortSignal,
): Promise<AccessToken> {
  const base = settings.endpoints.metadata === "" ? metadataHost : settings.endpoints.metadata;
  const url = new URL(`${base}/metadata/identity/oauth2/token`);
  url.searchParams.set("api-version", "2018-02-01");
  url.searchParams.set("resource", scopeOf(cloud).replace("/.default", ""));
  if (clientId !== undefined) url.searchParams.set("client_id", clientId);
  const who = "the instance metadata service";
  const limited = { mostBytes, limit: metadataLimit };
  const answer = await send({ method: "GET", url, headers: { metadata: "true" }, ...limited }, signal).catch(
    (thrown: unknown) => {
      signal.throwIfAborted();
      const { reason, message, context } = MountError.from(thrown);
      throw new MountError(reason, `${who}: ${message}`, context);
    },
  );
  if (answer.status === 200) return readToken(answer, who, outside);
  if (answer.status === 400) throw new MountError("identity_rejected", `${who} ${unknownIdentity(answer, clientId)}`);
  const reason = answer.status === 429 ? "store_throttled" : "store_unavailable";
  throw new MountError(reason, `${who} failed with status ${answer.status}`);
}
