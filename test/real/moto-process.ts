import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { freePort } from "./free-port.ts";

/** A key pair of AWS. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

/** A moto server with one user who may use KMS, and one key. */
export interface Moto {
  readonly address: string;
  readonly user: AccessKey;
  readonly keyArn: string;
  /** A role that the user may take on, and anybody with a web identity. */
  readonly roleArn: string;
  stop(): Promise<void>;
}

/** Calls that are taken unsigned, to make what the rest is signed with. */
const unsigned = 6;

/**
 * Starts it; `script` is the path of its `server.py`. One that verifies does not take the one call that is unsigned by
 * nature, `AssumeRoleWithWebIdentity`.
 */
export async function startMoto(script: string, verifies: boolean): Promise<Moto> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    PYTHONPATH: dirname(dirname(script)),
    ...(verifies ? { INITIAL_NO_AUTH_ACTION_COUNT: String(unsigned) } : {}),
  };
  const child = spawn("python3", ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  for (let tries = 0; (await fetch(`${address}/moto-api/`).catch(() => undefined)) === undefined; tries += 1) {
    if (tries > 300 || child.exitCode !== null) throw new Error(`moto does not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const ask = async (service: string, body: string, headers: Readonly<Record<string, string>>) => {
    const scope = `x/20260101/us-east-1/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=x`;
    const answer = await fetch(address, { method: "POST", body, headers: { ...headers, authorization } });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`moto: ${answer.status} ${text}`);
    return text;
  };
  const iam = (words: Readonly<Record<string, string>>) =>
    ask("iam", new URLSearchParams({ Version: "2010-05-08", ...words }).toString(), {
      "content-type": "application/x-www-form-urlencoded",
    });
  const part = (text: string, name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1] ?? "";
  const policyOf = (...actions: readonly string[]) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] });
  await iam({ Action: "CreateUser", UserName: "u" });
  const made = await iam({ Action: "CreateAccessKey", UserName: "u" });
  const granted = policyOf("kms:Encrypt", "kms:Decrypt", "sts:AssumeRole");
  await iam({ Action: "PutUserPolicy", UserName: "u", PolicyName: "p", PolicyDocument: granted });
  const role = await iam({ Action: "CreateRole", RoleName: "r", AssumeRolePolicyDocument: policyOf("sts:*") });
  const decrypt = policyOf("kms:Decrypt", "kms:Encrypt");
  await iam({ Action: "PutRolePolicy", RoleName: "r", PolicyName: "p", PolicyDocument: decrypt });
  const key = await ask("kms", "{}", {
    "x-amz-target": "TrentService.CreateKey",
    "content-type": "application/x-amz-json-1.1",
  });
  return {
    address,
    user: { id: part(made, "AccessKeyId"), secret: part(made, "SecretAccessKey") },
    keyArn: (JSON.parse(key) as { KeyMetadata: { Arn: string } }).KeyMetadata.Arn,
    roleArn: part(role, "Arn"),
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
