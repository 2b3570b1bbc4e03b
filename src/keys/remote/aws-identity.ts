import { KeptTokens, type AccessToken } from "../../identity/token-cache.ts";
import { MountError } from "../../model/error.ts";
import type { AwsRemote, KeySource } from "../../model/key.ts";
import { Secret } from "../../model/secret.ts";
import { callAws } from "./aws-call.ts";
import type { AwsCredential } from "./aws-sign.ts";
import { createKeyFile, KeyProblem } from "../material/file.ts";
import type { KeyUse } from "../key-service.ts";
import type { KeyNetwork } from "./service.ts";

/** Whose credential KMS is asked with. */
export interface AwsIdentity {
  /** For a region, and as the role that the document names, where it names one. Rejects with MountError. */
  credential(region: string, role: string | undefined, use: KeyUse): Promise<AwsCredential>;
}

/** STS puts it into the audit log. */
const sessionName = "keyferry";

const form = { "content-type": "application/x-www-form-urlencoded" };

/** The operator's access key from the source's file, or a role taken on with the pod's token. */
export function createAwsIdentity(source: KeySource, remote: AwsRemote, network: KeyNetwork): AwsIdentity {
  const file = createKeyFile(source, (text) => Promise.resolve(parseAwsCredential(text)));
  const kept = new KeptTokens(network.outside, (outcome) => {
    network.loggedIn?.("aws_kms", outcome);
  });
  const { login, stsEndpoint: endpoint } = remote;
  const ask = async (region: string, body: string, credential: AwsCredential | undefined, signal: AbortSignal) => {
    const call = { service: "sts", region, endpoint, headers: form, body, credential } as const;
    const { status, text, code } = await callAws(network, call, signal);
    if (status === 200) return accessToken(text, network.outside.now());
    const said = code === "" ? `status ${status}` : code;
    throw new MountError("identity_refused", `STS refused the role of key ${JSON.stringify(source.name)}: ${said}`);
  };
  const base = async (region: string, use: KeyUse): Promise<AwsCredential> => {
    if (login === undefined) return file.read();
    const name = `${region}\0${use.pod.namespace}\0${use.pod.serviceAccount}`;
    const held = await kept.get(name, use.signal, (signal) => {
      const token = use.tokens.get(login.audience)?.token;
      if (token === undefined) throw missing(login.audience, source.name);
      const WebIdentityToken = token.revealText();
      const words = query({ Action: "AssumeRoleWithWebIdentity", RoleArn: login.roleArn, WebIdentityToken });
      return ask(region, words, undefined, signal);
    });
    return credentialOf(held.token);
  };
  return {
    async credential(region, role, use) {
      const own = await base(region, use);
      if (role === undefined) return own;
      const name = `${region}\0${use.pod.namespace}\0${use.pod.serviceAccount}\0${own.id}\0${role}`;
      const words = query({ Action: "AssumeRole", RoleArn: role });
      return credentialOf((await kept.get(name, use.signal, (signal) => ask(region, words, own, signal))).token);
    },
  };
}

function missing(audience: string, name: string): MountError {
  const text = `the pod has no service-account token for audience ${JSON.stringify(audience)}, which key ${JSON.stringify(name)} needs`;
  return new MountError("identity_missing", text);
}

function query(words: Readonly<Record<string, string>>): string {
  return new URLSearchParams({ Version: "2011-06-15", RoleSessionName: sessionName, ...words }).toString();
}

/** The `[default]` profile of a credentials file as the AWS CLI writes it. Throws KeyProblem. */
export function parseAwsCredential(text: string): AwsCredential {
  const lines = text.split("\n").map((line) => /^\s*(\w+)\s*=\s*(\S+)\s*$/u.exec(line));
  if ((text.match(/^\s*\[/gmu) ?? []).length > 1) {
    throw new KeyProblem("has a credentials file of more than one profile");
  }
  const fields = new Map(lines.flatMap((match) => (match === null ? [] : [[match[1] ?? "", match[2] ?? ""] as const])));
  const [id, secret] = [fields.get("aws_access_key_id"), fields.get("aws_secret_access_key")];
  const session = fields.get("aws_session_token");
  if (id === undefined || secret === undefined) {
    throw new KeyProblem("has a credentials file without aws_access_key_id and aws_secret_access_key");
  }
  return {
    id,
    secret: Secret.fromText(secret),
    sessionToken: session === undefined ? undefined : Secret.fromText(session),
  };
}

/** The three parts of a temporary credential travel as one secret, the way tokens are kept. */
function accessToken(xml: string, now: number): AccessToken {
  const part = (name: string) => new RegExp(`<${name}>([^<]{1,8192})</${name}>`, "u").exec(xml)?.[1];
  const parts = [part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken")];
  const expiresAt = Date.parse(part("Expiration") ?? "");
  if (parts.includes(undefined) || Number.isNaN(expiresAt)) {
    throw new MountError("store_protocol", "STS answered without a credential");
  }
  return { token: Secret.fromText(JSON.stringify(parts)), obtainedAt: now, expiresAt };
}

function credentialOf(token: Secret): AwsCredential {
  const [id = "", secret = "", session = ""] = JSON.parse(token.revealText()) as readonly string[];
  return { id, secret: Secret.fromText(secret), sessionToken: Secret.fromText(session) };
}
