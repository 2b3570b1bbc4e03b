import { MountError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import type { AccessToken } from "../token-cache.ts";
import { credentialsToken, type AwsCredentials } from "./credentials.ts";
import { awsEndpoint, type AwsEndpoints } from "./endpoints.ts";
import { AwsFault, isSkewed, awsOutage, skewOf } from "./fault.ts";
import { runCall, type AwsNetwork, type ClientUse } from "./sdk.ts";
import type { StsAnswer, StsClient } from "./sts-client.ts";
import { assumeProblem, webIdentityProblem, type RoleRequest } from "./sts-problems.ts";

/** STS of one region. */
export interface Sts {
  /** Rejects with MountError. */
  webIdentity(request: RoleRequest & { readonly token: Secret }, signal: AbortSignal): Promise<AccessToken>;
  /** Takes on a role with other credentials. Rejects with MountError. */
  assumeRole(request: AssumeRequest, signal: AbortSignal): Promise<AccessToken>;
}

/** A role on top of credentials. */
export interface AssumeRequest extends RoleRequest {
  readonly credentials: AwsCredentials;
  readonly externalId: string | undefined;
  readonly tags: readonly (readonly [name: string, value: string])[];
}

/** Longest wait for one answer in milliseconds, and its largest body in bytes. */
const limits = { limit: 10_000, maxBytes: 256 * 1024 } as const;

/** Pause before an identity provider is asked for once more, in milliseconds. */
const pause = 250;

/** Asks STS of a region. The SDK's client is loaded on the first call. */
export function createSts(network: AwsNetwork, endpoints: AwsEndpoints) {
  const clientFor = async (region: string, credentials: AwsCredentials | undefined, skew: number) => {
    const { createStsClient } = await import("./sts-client.ts");
    const use: ClientUse = { region, endpoint: awsEndpoint("sts", region, endpoints), credentials, skew, ...limits };
    return createStsClient(network, use);
  };

  /** Once more with the service's clock, or where STS could not read the cluster's keys in time. */
  async function ask(
    { region, credentials, mayRepeat }: { region: string; credentials?: AwsCredentials; mayRepeat: boolean },
    call: (client: StsClient) => Promise<StsAnswer>,
    signal: AbortSignal,
  ): Promise<AccessToken> {
    const host = new URL(awsEndpoint("sts", region, endpoints)).host;
    const once = async (skew: number) => {
      const client = await clientFor(region, credentials, skew);
      return readAnswer(await runCall(host, signal, () => call(client)), host, network);
    };
    try {
      return await once(0);
    } catch (thrown) {
      if (!(thrown instanceof AwsFault)) throw thrown;
      const now = network.clock.now();
      if (isSkewed(thrown.refusal, now)) return once(skewOf(thrown.refusal, now) ?? 0);
      if (!mayRepeat || !isPassing(thrown)) throw thrown;
      await network.clock.sleep(pause, signal);
      return once(0);
    }
  }

  return (region: string): Sts => ({
    async webIdentity({ token, ...request }, signal) {
      const input = {
        RoleArn: request.role,
        RoleSessionName: request.sessionName,
        WebIdentityToken: token.revealText(),
      };
      const call = (client: StsClient) => client.assumeRoleWithWebIdentity(input, signal);
      return ask({ region, mayRepeat: true }, call, signal).catch((thrown: unknown) => {
        throw problemOf(thrown, (refusal) => webIdentityProblem(refusal, request));
      });
    },
    async assumeRole({ credentials, externalId, tags, ...request }, signal) {
      const input = {
        RoleArn: request.role,
        RoleSessionName: request.sessionName,
        ...(externalId === undefined ? {} : { ExternalId: externalId }),
        ...(tags.length === 0 ? {} : { Tags: tags.map(([Key, Value]) => ({ Key, Value })) }),
      };
      const call = (client: StsClient) => client.assumeRole(input, signal);
      return ask({ region, credentials, mayRepeat: false }, call, signal).catch((thrown: unknown) => {
        throw problemOf(thrown, (refusal) => assumeProblem(refusal, request));
      });
    },
  });
}

/** STS says so, too, while it cannot fetch the cluster's keys; not where there is no provider at all. */
function isPassing({ refusal: { code, words } }: AwsFault): boolean {
  return code === "IDPCommunicationError" || (code === "InvalidIdentityToken" && !words.includes("No OpenIDConnect"));
}

function problemOf(thrown: unknown, describe: (refusal: AwsFault["refusal"]) => MountError): unknown {
  if (!(thrown instanceof AwsFault)) return thrown;
  return awsOutage(thrown.refusal, thrown.host) ?? describe(thrown.refusal);
}

function readAnswer({ Credentials }: StsAnswer, host: string, { clock }: AwsNetwork): AccessToken {
  const { AccessKeyId: id, SecretAccessKey: secret, SessionToken: session, Expiration } = Credentials ?? {};
  const expiresAt = Expiration?.getTime() ?? Number.NaN;
  if (!id || !secret || !session || Number.isNaN(expiresAt)) {
    throw new MountError("store_protocol", `${host} answered without credentials`);
  }
  const parts = { id, secret: Secret.fromText(secret), sessionToken: Secret.fromText(session) };
  return credentialsToken(parts, clock.now(), expiresAt);
}
