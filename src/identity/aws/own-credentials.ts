import type { Send } from "../../http/send.ts";
import type { Clock } from "../../model/clock.ts";
import { MountError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import type { AccessToken } from "../token-cache.ts";
import { credentialsToken, type AwsCredentials } from "./credentials.ts";
import type { AwsSettings } from "./settings.ts";
import type { Sts } from "./sts.ts";

/** What the daemon's own credentials are had with. */
export interface OwnDeps {
  readonly send: Send;
  readonly clock: Clock;
  readonly settings: AwsSettings;
  /** Reads a file whole as UTF-8. */
  readonly readFile: (path: string) => Promise<string>;
  readonly sts: (region: string) => Sts;
}

/** Longest wait for an answer of the node's services, in milliseconds. */
const limit = 5_000;

/** How long credentials that name no end are cached, in milliseconds. */
const endless = 3_600_000;

/**
 * The daemon's own credentials, in the order of AWS's SDKs: the operator's file, its web identity, its EKS Pod Identity or
 * ECS role, the role of the EC2 instance. Rejects with MountError.
 */
export async function ownCredentials(deps: OwnDeps, region: string, signal: AbortSignal): Promise<AccessToken> {
  const { own } = deps.settings;
  if (own.credentialsFile !== "") {
    const parts = parseCredentialsFile(await readOwn(deps, own.credentialsFile), (problem) => {
      return new MountError("key_unavailable", `the AWS credentials file is one ${problem}`);
    });
    return credentialsToken(parts, deps.clock.now(), deps.clock.now() + endless);
  }
  if (own.roleArn !== "" && own.webIdentityTokenFile !== "") {
    const token = Secret.fromText((await readOwn(deps, own.webIdentityTokenFile)).trim());
    const request = { role: own.roleArn, sessionName: "keyferry", subject: "the daemon", token };
    return deps.sts(region).webIdentity(request, signal);
  }
  if (own.containerUri !== "") {
    const authorization = own.containerTokenFile === "" ? "" : (await readOwn(deps, own.containerTokenFile)).trim();
    const headers = authorization === "" ? {} : { authorization };
    return readJson(await get(deps, own.containerUri, headers, signal), deps.clock, own.containerUri);
  }
  return fromMetadata(deps, signal);
}

async function readOwn({ readFile }: OwnDeps, path: string): Promise<string> {
  return readFile(path).catch(() => {
    throw new MountError("key_unavailable", `the daemon's own AWS credentials cannot be read from ${path}`);
  });
}

/** EC2, instance metadata service version 2. */
async function fromMetadata(deps: OwnDeps, signal: AbortSignal): Promise<AccessToken> {
  const base = (deps.settings.own.metadata || "http://169.254.169.254").replace(/\/+$/u, "");
  const life = { "x-aws-ec2-metadata-token-ttl-seconds": "300" };
  const token = await get(deps, `${base}/latest/api/token`, life, signal, "PUT");
  const headers = { "x-aws-ec2-metadata-token": token.trim() };
  const path = `${base}/latest/meta-data/iam/security-credentials/`;
  const role = (await get(deps, path, headers, signal)).trim().split("\n")[0] ?? "";
  if (!/^[\w+=,.@-]{1,128}$/u.test(role)) throw new MountError("identity_missing", "the node has no IAM role");
  return readJson(await get(deps, path + role, headers, signal), deps.clock, base);
}

async function get(
  { send }: OwnDeps,
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  method = "GET",
): Promise<string> {
  const url = URL.parse(address);
  if (url === null) throw new MountError("not_configured", "the address of the daemon's own credentials is not a URL");
  const { status, body } = await send({ method, url, headers, limit, mostBytes: 65_536 }, signal);
  if (status === 200) return Buffer.from(body).toString("utf8");
  const text = `${url.host} gives no credentials for the daemon (status ${status})`;
  throw new MountError(status >= 500 || status === 429 ? "store_unavailable" : "identity_missing", text);
}

function readJson(text: string, clock: Clock, who: string): AccessToken {
  const fields = parse(text);
  const value = (name: string) => (typeof fields[name] === "string" ? fields[name] : "");
  const [id, secret, session] = [value("AccessKeyId"), value("SecretAccessKey"), value("Token")];
  const expiration = value("Expiration");
  const expiresAt = expiration === "" ? clock.now() + endless : Date.parse(expiration);
  if (id === "" || secret === "" || session === "" || Number.isNaN(expiresAt)) {
    const host = URL.parse(who)?.host ?? "the node";
    throw new MountError("store_protocol", `${host} answered with something that is no credential`);
  }
  const parts = { id, secret: Secret.fromText(secret), sessionToken: Secret.fromText(session) };
  return credentialsToken(parts, clock.now(), expiresAt);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? (json as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

/** The one profile of a credentials file as the AWS CLI writes it; throws what `refuse` makes of a problem with it. */
export function parseCredentialsFile(text: string, refuse: (problem: string) => Error): AwsCredentials {
  if ((text.match(/^\s*\[/gmu) ?? []).length > 1) throw refuse("of more than one profile");
  const lines = text.split("\n").map((line) => /^\s*(\w+)\s*=\s*(\S+)\s*$/u.exec(line));
  const fields = new Map(lines.flatMap((match) => (match === null ? [] : [[match[1] ?? "", match[2] ?? ""] as const])));
  const [id, secret] = [fields.get("aws_access_key_id"), fields.get("aws_secret_access_key")];
  const session = fields.get("aws_session_token");
  if (id === undefined || secret === undefined) {
    throw refuse("without aws_access_key_id and aws_secret_access_key");
  }
  return {
    id,
    secret: Secret.fromText(secret),
    sessionToken: session === undefined ? undefined : Secret.fromText(session),
  };
}
