import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A real server, initialized and unsealed, with the JWT of its making as the only way in besides the root token. */
export interface RealVault {
  readonly address: string;
  /** Asks as root. Rejects for a status that is no success. */
  root(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>>;
  unseal(): Promise<void>;
  stop(): Promise<void>;
  /** Starts the process again on the same address and storage. */
  restart(): Promise<void>;
}

/** Starts the program. */
export async function startRealVault(program: string): Promise<RealVault> {
  const storage = mkdtempSync(join(tmpdir(), "kf-vault-"));
  let child: ChildProcess;
  let ended: Promise<unknown>;
  const run = async (listen: string): Promise<string> => {
    child = spawn(program, [listen, storage], { stdio: ["ignore", "pipe", "inherit"] });
    ended = new Promise((resolve) => child.once("exit", resolve));
    return new Promise((resolve, reject) => {
      child.stdout?.once("data", (line: Buffer) => {
        resolve((JSON.parse(line.toString()) as { address: string }).address);
      });
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
  };
  const address = await run("127.0.0.1:0");
  const ask = async (method: string, path: string, body?: unknown, token = "") => {
    const headers = { "x-vault-token": token };
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${address}/v1/${path}`, { method, headers, ...text });
    const received = await answer.text();
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${received}`);
    return (received === "" ? {} : JSON.parse(received)) as Readonly<Record<string, unknown>>;
  };
  const { keys, root_token: rootToken } = (await ask("PUT", "sys/init", { secret_shares: 1, secret_threshold: 1 })) as {
    keys: readonly string[];
    root_token: string;
  };
  const unseal = async () => {
    await ask("PUT", "sys/unseal", { key: keys[0] });
    for (let tries = 0; tries < 200; tries += 1) {
      const active = await fetch(`${address}/v1/sys/health`);
      if (active.status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error("the server does not become active");
  };
  await unseal();
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  return {
    address,
    root: (method, path, body) => ask(method, path, body, rootToken),
    unseal,
    stop,
    restart: async () => {
      await stop();
      await run(new URL(address).host);
      await unseal();
    },
  };
}

/** Service-account tokens as a cluster would sign them, and the key that verifies them. */
export function createIssuer(): {
  readonly publicKey: string;
  token(claims: Readonly<Record<string, unknown>>): string;
} {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");
  return {
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    token: (claims) => {
      const now = Math.floor(Date.now() / 1000);
      const payload = { iss: "https://cluster.test", iat: now, nbf: now - 5, exp: now + 600, ...claims };
      const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(payload)}`;
      return `${text}.${sign("RSA-SHA256", Buffer.from(text), privateKey).toString("base64url")}`;
    },
  };
}
