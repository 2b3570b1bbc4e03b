import type { CredentialSource, UsedCredentials } from "../../identity/aws/attempts.ts";
import { tokenCredentials, type AwsCredentials } from "../../identity/aws/credentials.ts";
import type { AwsEndpoints } from "../../identity/aws/endpoints.ts";
import { parseCredentialsFile } from "../../identity/aws/own-credentials.ts";
import type { AwsNetwork } from "../../identity/aws/sdk.ts";
import { createSts } from "../../identity/aws/sts.ts";
import { podToken } from "../../identity/pod-token.ts";
import { KeptTokens, type HeldToken } from "../../identity/token-cache.ts";
import { MountError } from "../../model/error.ts";
import type { KeySource } from "../../model/key.ts";
import type { LoginObserver } from "../../model/login.ts";
import { createKeyFile, KeyProblem, type KeyFile } from "../material/file.ts";
import type { KeyUse } from "../key-service.ts";

/** Whose credentials a source is asked with. */
export interface AwsKeyIdentity {
  /** Role taken on with the pod's token for `audience`; undefined where the source's file holds an access key. */
  readonly login: { readonly roleArn: string; readonly audience: string } | undefined;
}

/** Credentials that KMS is asked with. */
export interface HeldKeyCredentials extends UsedCredentials {
  drop(): void;
}

/** Whose credentials KMS is asked with in a region, and as the role that the document names, where it names one. */
export type CredentialsFor = (
  region: string,
  role: string | undefined,
  use: KeyUse,
) => CredentialSource<HeldKeyCredentials>;

/** What credentials are obtained with. */
export interface KeyCredentialDeps {
  readonly network: AwsNetwork;
  readonly endpoints: AwsEndpoints;
  readonly loggedIn: LoginObserver | undefined;
}

/** STS puts it into the audit log. */
const sessionName = "keyferry";

/** The access key in the source's file. */
export function createAwsKeyFile(source: KeySource): KeyFile<AwsCredentials> {
  return createKeyFile(source, (text) => Promise.resolve(parseAwsCredential(text)));
}

/** The operator's access key from the source's file, or a role taken on with the pod's token; cached by session. */
export function createKeyCredentials(source: KeySource & AwsKeyIdentity, deps: KeyCredentialDeps): CredentialsFor {
  const { login } = source;
  const file = createAwsKeyFile(source);
  const sts = createSts(deps.network, deps.endpoints);
  const cache = new KeptTokens(deps.network.clock, (outcome) => {
    deps.loggedIn?.("aws_kms", outcome);
  });
  const named = refusedFor(source.name);
  const base = async (region: string, use: KeyUse): Promise<HeldKeyCredentials> => {
    if (login === undefined) return { credentials: await file.read(), cached: false, drop: () => undefined };
    const held = await cache.get(`${region}\0${use.session}`, use.signal, (signal) => {
      const { token } = podToken(use.tokens, login.audience, `key ${JSON.stringify(source.name)}`);
      const request = { role: login.roleArn, sessionName, subject: subjectOf(use), token };
      return sts(region).webIdentity(request, signal).catch(named);
    });
    return heldCredentials(held);
  };
  const asRole = async (region: string, role: string, use: KeyUse): Promise<HeldKeyCredentials> => {
    const own = await base(region, use);
    const name = JSON.stringify([region, use.session, own.credentials.id, role]);
    const held = await cache.get(name, use.signal, (signal) => {
      const request = { role, sessionName, subject: subjectOf(use), credentials: own.credentials };
      return sts(region)
        .assumeRole({ ...request, externalId: undefined, tags: [] }, signal)
        .catch(named);
    });
    const both = heldCredentials(held);
    return {
      ...both,
      drop: () => {
        both.drop();
        own.drop();
      },
    };
  };
  return (region, role, use) => ({
    credentials: () => (role === undefined ? base(region, use) : asRole(region, role, use)),
    renew: (refused) => refused.drop(),
  });
}

function heldCredentials({ token, kept: cached, drop }: HeldToken): HeldKeyCredentials {
  return { credentials: tokenCredentials(token), cached, drop };
}

function subjectOf({ pod: { namespace, serviceAccount } }: KeyUse): string {
  return `system:serviceaccount:${namespace}:${serviceAccount}`;
}

/** Says of a refusal which key it is about. */
function refusedFor(name: string): (thrown: unknown) => never {
  return (thrown) => {
    if (!(thrown instanceof MountError) || thrown.reason !== "identity_refused") throw thrown;
    const { reason, message, context } = thrown;
    throw new MountError(reason, `STS refused the role of key ${JSON.stringify(name)}: ${message}`, context);
  };
}

/** The `[default]` profile of a credentials file as the AWS CLI writes it. Throws KeyProblem. */
function parseAwsCredential(text: string): AwsCredentials {
  return parseCredentialsFile(text, (problem) => new KeyProblem(`has a credentials file ${problem}`));
}
