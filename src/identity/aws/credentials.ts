import { Secret } from "../../model/secret.ts";
import type { AccessToken } from "../token-cache.ts";

/** An access key; temporary ones have a session token. */
export interface AwsCredentials {
  readonly id: string;
  readonly secret: Secret;
  readonly sessionToken: Secret | undefined;
}

/** The three parts travel as one secret, the way tokens are cached. Times are in milliseconds since 1970. */
export function credentialsToken(parts: AwsCredentials, obtainedAt: number, expiresAt: number): AccessToken {
  const list = [parts.id, parts.secret.revealText(), parts.sessionToken?.revealText() ?? ""];
  return { token: Secret.fromText(JSON.stringify(list)), obtainedAt, expiresAt };
}

/** The parts of a token that `credentialsToken` made. */
export function tokenCredentials(token: Secret): AwsCredentials {
  const [id = "", secret = "", session = ""] = JSON.parse(token.revealText()) as readonly string[];
  return {
    id,
    secret: Secret.fromText(secret),
    sessionToken: session === "" ? undefined : Secret.fromText(session),
  };
}
