import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const folder = mkdtempSync(join(tmpdir(), "kf-settings-"));

/** Runs the built command line, with these variables and no other of ours. */
function keyferry(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "dist", "main.js"), ...words], {
    encoding: "utf8",
    timeout: 30_000,
    env: { PATH: process.env["PATH"] ?? "", KEYFERRY_PROVIDERS_DIR: folder, ...env },
  });
  return { status, out: stdout, err: stderr };
}

function fileOf(text: string): string {
  const file = join(mkdtempSync(join(folder, "c-")), "keyferry.yaml");
  writeFileSync(file, text);
  return file;
}

/** A wrong value of every kind. */
const wrong: readonly (readonly [flag: string, value: string, says: RegExp])[] = [
  ["mount-timeout", "soon", /write a duration above zero, such as 90s/],
  ["wait-for-socket", "-1s", /write a duration/],
  ["max-response-bytes", "4MiB", /write a number of bytes from 1 to /],
  ["health-address", "localhost:70000", /write HOST:PORT, .* port from 0 to 65535/],
  ["log-level", "infoo", /write one of debug, info, warn, error; did you mean info\?/],
  ["serve", "vaullt", /write one of keyferry, .*did you mean vault\?/],
  ["hmac-secret-name", "Not_A_Name", /write the name of a Secret/],
  ["vault-tls-skip-verify", "yes", /write true or false/],
  ["gcp-node-publish-secret", "maybe", /write true or false/],
  ["sops-refuse-older", "2", /write true or false/],
  ["vault-addr", "not-a-url", /write a URL of the form https:/],
  ["azure-vault-endpoint", "http://vault.test", /write a URL of the form https:.*localhost/],
  ["azure-managed-identity", "Shop", /write names of namespaces/],
  ["azure-cloud-name", "AzureMoonCloud", /write one of AzurePublicCloud/],
  ["gcp-metadata-host", "http://169.254.169.254", /write HOST or HOST:PORT/],
  ["vault-tls-server-name", "https://vault.test", /write a host name/],
];

const keyOf = (flag: string) => flag.replaceAll(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase());
const variableOf = (flag: string) => `KEYFERRY_${flag.toUpperCase().replaceAll("-", "_")}`;

describe("keyferry serve ends with exit code 2, naming where the value came from and what is allowed", () => {
  /** Each wrong value has its line, in the order of the settings. */
  function expectAll({ status, err }: ReturnType<typeof keyferry>, from: (flag: string, at: number) => string) {
    expect(status).toBe(2);
    const lines = err.replace(/^keyferry serve: /u, "").split("\n");
    for (const [at, [flag, , says]] of wrong.entries()) {
      const found = lines.find((line) => line.startsWith(`${from(flag, at)}: `));
      expect([flag, found]).toEqual([flag, expect.stringMatching(says)]);
    }
  }

  test("flags", () => {
    expectAll(keyferry(["serve", ...wrong.map(([flag, value]) => `--${flag}=${value}`)]), (flag) => `--${flag}`);
  });

  test("variables", () => {
    const env = Object.fromEntries(wrong.map(([flag, value]) => [variableOf(flag), value]));
    expectAll(keyferry(["serve"], env), variableOf);
  });

  test("keys of the file", () => {
    const file = fileOf(wrong.map(([flag, value]) => `${keyOf(flag)}: ${JSON.stringify(value)}\n`).join(""));
    expectAll(keyferry(["serve", "--config", file]), (flag, at) => `${keyOf(flag)} in ${file}, line ${at + 1}`);
  });

  test.each(wrong.slice(0, 3))("one alone: --%s %s", (flag, value, says) => {
    const { status, err } = keyferry(["serve", `--${flag}=${value}`]);
    expect([status, err]).toEqual([2, expect.stringMatching(says)]);
    expect(err.startsWith(`keyferry serve: --${flag}: `)).toBe(true);
  });

  test("every wrong one at once, also of stores that are not served", () => {
    const words = ["--vault-tls-skip-verify", "yes", "--gcp-node-publish-secret", "maybe", "--vault-addr", "not-a-url"];
    const { status, err } = keyferry(["serve", ...words, "--azure-construct-pem-chain", "False"]);
    expect(status).toBe(2);
    expect(err.match(/^(?:keyferry serve: )?--[a-z-]+: /gmu)).toHaveLength(3);
  });

  test.each([
    ["VAULT_ADDR", "VAULT_ADDR (--vault-addr): write a URL"],
    ["VAULT_SKIP_VERIFY", "VAULT_SKIP_VERIFY: write true or false"],
    ["ALLOW_NODE_PUBLISH_SECRET", "ALLOW_NODE_PUBLISH_SECRET (--gcp-node-publish-secret): write true or false"],
  ])("%s of an official provider", (name, says) => {
    const { status, err } = keyferry(["serve"], { [name]: "maybe" });
    expect(status).toBe(2);
    expect(err).toContain(`keyferry serve: ${says}`);
  });
});

describe("keyferry doctor", () => {
  test("says the same as findings, and ends by itself", () => {
    const file = fileOf("mountTimeout: soon\nvaultTlsSkipVerify: maybe\n");
    const { status, out } = keyferry(["doctor", "--config", file], { VAULT_ADDR: "not-a-url" });
    expect(status).toBe(1);
    for (const says of [
      `mountTimeout in ${file}, line 1: write a duration above zero, such as 90s`,
      `vaultTlsSkipVerify in ${file}, line 2: write true or false`,
      "VAULT_ADDR (--vault-addr): write a URL",
    ]) {
      expect(out).toMatch(new RegExp(`^PROBLEM +config +settings: ${says.replaceAll(/[.()]/gu, "\\$&")}`, "mu"));
    }
  });

  test("a flag of its own is wrong usage", () => {
    const { status, err } = keyferry(["doctor", "--vault-tls-skip-verify", "yes"]);
    expect(status).toBe(2);
    expect(err).toContain("--vault-tls-skip-verify: write true or false");
  });
});

describe("keyferry mount --config", () => {
  let silent: Server;
  let address = "";

  beforeAll(async () => {
    silent = createServer((connection) => connection.on("error", () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const bound = silent.address();
    address = typeof bound === "object" && bound !== null ? `http://127.0.0.1:${bound.port}` : "";
  });
  afterAll(() => void silent.close());

  const manifest = () =>
    fileOf(
      `apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: { name: hangs, namespace: shop }
spec:
  provider: vault
  parameters:
    roleName: shop
    objects: |
      - { objectName: a, secretPath: secret/a, secretKey: a }
`,
    );

  test("keeps to mountTimeout, and asks the server of vaultAddr", () => {
    const token = join(folder, "token");
    writeFileSync(token, "token");
    const config = fileOf(`mountTimeout: 1s\nvaultAddr: ${address}\n`);
    const target = join(folder, "volume");
    const words = ["-f", manifest(), "--config", config, "--token", `vault=${token}`, "--target", target];
    const start = performance.now();
    const { status, err } = keyferry(["mount", ...words]);
    expect(status).toBe(1);
    expect(err).toMatch(/keyferry mount: /);
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(existsSync(target)).toBe(false);
  });

  test("a wrong value is wrong usage", () => {
    const config = fileOf("mountTimeout: soon\n");
    const { status, err } = keyferry(["mount", "-f", manifest(), "--config", config, "--target", join(folder, "v")]);
    expect(status).toBe(2);
    expect(err).toContain(`mountTimeout in ${config}, line 1: write a duration above zero`);
  });
});
