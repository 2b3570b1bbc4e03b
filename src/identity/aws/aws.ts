import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { LoginObserver } from "../../model/login.ts";
import { sessionKey, type Session } from "../../model/session.ts";
import { cachedAccounts, type ReadAccount } from "../service-accounts.ts";
import { KeptTokens, type AccessToken, type HeldToken } from "../token-cache.ts";
import { createAgent, type AskAgent } from "./agent.ts";
import { tokenCredentials, type AwsCredentials } from "./credentials.ts";
import type { AwsKube } from "./kube.ts";
import { audiences, sessionName, type AwsLogin } from "./login.ts";
import { ownCredentials } from "./own-credentials.ts";
import type { AwsNetwork } from "./sdk.ts";
import type { AwsSettings } from "./settings.ts";
import { createSts } from "./sts.ts";
import { roleName } from "./sts-problems.ts";
import { podToken, readRole } from "./web-identity.ts";

/** What the identity is wired with. */
export interface AwsIdentityDeps {
  readonly network: AwsNetwork;
  readonly settings: AwsSettings;
  /** Undefined without access to a cluster: no annotations are read then, and no tokens asked for. */
  readonly kube: AwsKube | undefined;
  /** Reads a file whole as UTF-8. */
  readonly readFile: (path: string) => Promise<string>;
  readonly loggedIn?: LoginObserver | undefined;
}

/** Credentials of a session. */
export interface HeldCredentials {
  readonly credentials: AwsCredentials;
  /** Who they make a call as, for messages: `role shop-web`. */
  readonly who: string;
  /** What AWS tells apart: equal for sessions that may do the same. */
  readonly principal: string;
  /** Milliseconds since 1970. */
  readonly obtainedAt: number;
  /** Whether they were cached. */
  readonly cached: boolean;
  /** Forgets them, so that the next ones are new. */
  drop(): void;
}

/** Where a session logs in: in the first region, and in the next where its STS does not answer. */
export type LoginRegions = readonly [string, ...string[]];

/** Gives the credentials that a session reads with. Rejects with a MountError. */
export type AwsIdentity = (
  login: AwsLogin,
  regions: LoginRegions,
  session: Session<unknown>,
  signal: AbortSignal,
) => Promise<HeldCredentials>;

interface Base {
  readonly token: HeldToken;
  readonly who: string;
  readonly principal: string;
}

/** What a login is made with. */
interface LoginParts extends AwsIdentityDeps {
  readonly cache: KeptTokens;
  readonly sts: ReturnType<typeof createSts>;
  readonly agent: AskAgent;
  readonly accounts: ReadAccount | undefined;
}

/** Credentials for AWS, cached for each identity until shortly before they end. */
export function createAwsIdentity(deps: AwsIdentityDeps): AwsIdentity {
  const { network, settings, kube } = deps;
  const { clock, send } = network;
  const cache = new KeptTokens(clock, (outcome) => {
    deps.loggedIn?.("aws", outcome);
  });
  const sts = createSts(network, settings.endpoints);
  const agent = createAgent({ send, clock, settings });
  const accounts = kube === undefined ? undefined : cachedAccounts(kube.serviceAccount.bind(kube), clock);
  const parts: LoginParts = { ...deps, cache, sts, agent, accounts };
  return async (login, regions, session, signal) => {
    const asked = { login, regions, session, signal };
    let held = await bases[login.auth](parts, asked);
    for (const [at, role] of login.roles.entries()) {
      const externalId = at === login.roles.length - 1 ? login.externalId : undefined;
      held = await takeOn(parts, asked, held, { role, externalId });
    }
    const { token, who, principal } = held;
    const { kept: cached, obtainedAt, drop } = token;
    return { credentials: tokenCredentials(token.token), who, principal, cached, obtainedAt, drop };
  };
}

const bases: Record<AwsLogin["auth"], (parts: LoginParts, asked: Asked) => Promise<Base>> = {
  irsa: async ({ accounts, cache, kube, sts }, { regions, session, signal }) => {
    const { role, audience } = await readRole(accounts, session, signal);
    // Of the session: a pod whose author brought a token along has one of its own, and shares credentials with nobody.
    const key = sessionKey("aws-irsa", [role, audience, regions[0], session.key], session.pod);
    const token = await cache.get(key, signal, async (inner) => {
      const given = await podToken(kube, session, audience, inner);
      const request = { ...requestOf(role, session), token: given };
      return inRegions(regions, (region) => sts(region).webIdentity(request, inner), inner);
    });
    return { token, who: `role ${roleName(role)}`, principal: role };
  },

  podIdentity: async ({ cache, kube, agent }, { login, session, signal }) => {
    const { namespace, serviceAccount } = session.pod;
    const account = `${namespace}/${serviceAccount}`;
    // Policies may read the pod's name in its session tags: a session for each pod then has a key of its own.
    const key = sessionKey("aws-pod-identity", [login.addressType, session.key], session.pod);
    const token = await cache.get(key, signal, async (inner) => {
      const given = await podToken(kube, session, audiences.podIdentity, inner);
      return agent({ token: given, addressType: login.addressType, account }, inner);
    });
    return { token, who: `the Pod Identity role of ${account}`, principal: `pod-identity:${account}` };
  },

  node: async ({ cache, settings, network, readFile, sts }, { regions, session, signal }) => {
    const { namespace } = session.pod;
    if (!isGranted(settings.nodeCredentials, namespace)) {
      const text =
        `namespace ${namespace} may not use the daemon's own AWS credentials (auth: node); leave auth out, or ask ` +
        "the operator to list the namespace in the setting aws-node-credentials";
      throw new MountError("not_permitted", text);
    }
    const own = { send: network.send, clock: network.clock, settings, readFile, sts };
    const token = await cache.get("node", signal, (inner) =>
      inRegions(regions, (region) => ownCredentials(own, region, inner), inner),
    );
    return { token, who: "the daemon's own AWS identity", principal: "node" };
  },
};

/** Takes on a role with the credentials had so far; refused, both are forgotten. */
async function takeOn(
  { cache, sts }: LoginParts,
  { login, regions, session, signal }: Asked,
  base: Base,
  { role, externalId }: { readonly role: string; readonly externalId: string | undefined },
): Promise<Base> {
  const identifying = [role, externalId, login.sessionTags, base.principal, regions[0], session.key];
  const token = await cache.get(sessionKey("aws-role", identifying, session.pod), signal, (inner) => {
    const credentials = tokenCredentials(base.token.token);
    const tags = login.sessionTags ? tagsOf(session) : [];
    const request = { ...requestOf(role, session), credentials, externalId, tags };
    return inRegions(regions, (region) => sts(region).assumeRole(request, inner), inner);
  });
  const drop = () => {
    token.drop();
    base.token.drop();
  };
  return { token: { ...token, drop }, who: `role ${roleName(role)}`, principal: `${base.principal} > ${role}` };
}

interface Asked {
  readonly login: AwsLogin;
  readonly regions: LoginRegions;
  readonly session: Session<unknown>;
  readonly signal: AbortSignal;
}

function requestOf(role: string, { pod: { namespace, serviceAccount } }: Session<unknown>) {
  const subject = `system:serviceaccount:${namespace}:${serviceAccount}`;
  return { role, subject, sessionName: sessionName(namespace, serviceAccount) };
}

function tagsOf({ pod: { namespace, serviceAccount } }: Session<unknown>) {
  return [
    ["kubernetes-namespace", namespace],
    ["kubernetes-service-account", serviceAccount],
  ] as const;
}

/** The first region whose STS gives an answer decides; one that is down is passed on to the next. */
async function inRegions(
  [first, ...others]: LoginRegions,
  login: (region: string) => Promise<AccessToken>,
  signal: AbortSignal,
): Promise<AccessToken> {
  try {
    return await login(first);
  } catch (thrown) {
    signal.throwIfAborted();
    const [next, ...rest] = others;
    if (next === undefined || !MountError.from(thrown).transient) throw thrown;
    return inRegions([next, ...rest], login, signal);
  }
}
