import { callWithCredentials, type CredentialSource } from "../../identity/aws/attempts.ts";
import type { AwsIdentity, HeldCredentials, LoginRegions } from "../../identity/aws/aws.ts";
import { awsEndpoint } from "../../identity/aws/endpoints.ts";
import type { AwsLogin } from "../../identity/aws/login.ts";
import type { AwsNetwork, ClientUse } from "../../identity/aws/sdk.ts";
import type { AwsSettings } from "../../identity/aws/settings.ts";
import type { Session } from "../../model/session.ts";
import type { ParametersClient } from "./parameters-client.ts";
import type { SecretsClient } from "./secrets-client.ts";

/** The services of one region, called as one session. */
export interface RegionCalls {
  readonly region: string;
  /** Who the calls are made as, for messages. */
  who(): string;
  /** What AWS tells apart. */
  principal(): Promise<string>;
  /** Rejects with AwsFault for an answer other than 200, else with MountError. */
  secrets<T>(call: (client: SecretsClient) => Promise<T>): Promise<T>;
  parameters<T>(call: (client: ParametersClient) => Promise<T>): Promise<T>;
  /** Credentials that a service has refused an object to may be those of an older role. */
  doubt(): void;
}

/** What calls are made with. */
export interface CallDeps {
  readonly network: AwsNetwork;
  readonly settings: AwsSettings;
  readonly identity: AwsIdentity;
  /** By how many ms AWS's clock is ahead, as far as it is known. */
  readonly skew: { value: number };
}

/** Whose calls they are. */
export interface Caller {
  readonly login: AwsLogin;
  readonly session: Session<unknown>;
  readonly regions: LoginRegions;
  /** Longest time for one exchange, in milliseconds. */
  readonly limit: number;
}

/** Largest answers, in bytes: twenty secrets of 64 KiB, ten parameters of 8 KiB, each in escaped JSON. */
const maxBytes = { secretsmanager: 9 << 20, ssm: 1 << 20 } as const;

/** Age from which credentials may be those of a role that has been replaced, in milliseconds. */
const doubtful = 60_000;

/** Makes the calls of a session in a region; refused credentials are replaced once, a clock that differs is followed. */
export function regionCalls(deps: CallDeps, caller: Caller, region: string, signal: AbortSignal): RegionCalls {
  const { network } = deps;
  const login = createLogin(deps, caller, signal);
  const run = createRun(deps, { region, limit: caller.limit, login }, signal);
  return {
    region,
    who: () => login.held()?.who ?? "the pod's identity",
    principal: async () => (await login.credentials()).principal,
    secrets: (call) =>
      run(
        "secretsmanager",
        async (use) => (await import("./secrets-client.ts")).createSecretsClient(network, use, signal),
        call,
      ),
    parameters: (call) =>
      run(
        "ssm",
        async (use) => (await import("./parameters-client.ts")).createParametersClient(network, use, signal),
        call,
      ),
    doubt: () => {
      const held = login.held();
      if (held?.cached === true && network.clock.now() - held.obtainedAt >= doubtful) held.drop();
    },
  };
}

/** The credentials of one read: obtained once, and once more after they were refused. */
interface Login extends CredentialSource<HeldCredentials> {
  held(): HeldCredentials | undefined;
}

function createLogin({ identity }: CallDeps, { login, session, regions }: Caller, signal: AbortSignal): Login {
  const state: { held?: HeldCredentials; obtaining?: Promise<HeldCredentials> | undefined } = {};
  return {
    held: () => state.held,
    credentials: async () => {
      state.obtaining ??= identity(login, regions, session, signal);
      const held = await state.obtaining;
      state.held = held;
      return held;
    },
    renew: (refused) => {
      refused.drop();
      if (state.held === refused) state.obtaining = undefined;
    },
  };
}

interface Running {
  readonly region: string;
  readonly limit: number;
  readonly login: Login;
}

function createRun(deps: CallDeps, { region, limit, login }: Running, signal: AbortSignal) {
  return async <Client, T>(
    service: "secretsmanager" | "ssm",
    open: (use: ClientUse) => Promise<Client>,
    call: (client: Client) => Promise<T>,
  ): Promise<T> => {
    const endpoint = awsEndpoint(service, region, deps.settings.endpoints);
    const use = { region, endpoint, limit, maxBytes: maxBytes[service] };
    return callWithCredentials(deps, login, use, open, call, signal);
  };
}
