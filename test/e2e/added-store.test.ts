import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { readReference } from "../../scripts/reference/files.ts";
import { builtIn } from "../../src/wiring/plugins.ts";
import { acme } from "../fixtures/acme/index.ts";
import { startDaemon, testMain } from "./daemon.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Runs the command line that has the store plugged in. */
async function run(...words: readonly string[]): Promise<{ readonly code: unknown; readonly said: string }> {
  const child = spawn(process.execPath, [testMain, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  return { code, said };
}

function manifest(provider: string, parameters: object): string {
  const file = join(mkdtempSync(join(tmpdir(), "kf-acme-")), "spc.yaml");
  const spec = { provider, parameters };
  const metadata = { name: "shop", namespace: "shop" };
  writeFileSync(
    file,
    JSON.stringify({ apiVersion: "secrets-store.csi.x-k8s.io/v1", kind: "SecretProviderClass", metadata, spec }),
  );
  return file;
}

function tokenFile(): string {
  const file = join(mkdtempSync(join(tmpdir(), "kf-acme-")), "token");
  writeFileSync(file, "pod-token");
  return file;
}

const own = { names: "key other" };
const native = {
  stores: "[{ name: a, kind: acme, address: 'https://acme.test' }]",
  objects: "[{ objectName: key, objectAlias: f }]",
};

describe("a store that is added by its folder and one line", () => {
  test("is checked by lint, in its own language and in the native one", async () => {
    expect(await run("lint", "-f", manifest("acme", own), "-f", manifest("keyferry", native))).toMatchObject({
      code: 0,
    });
    const wrong = await run("lint", "-f", manifest("acme", { nams: "key" }));
    expect(wrong).toMatchObject({ code: 1, said: expect.stringContaining("write names of Acme") });
    const misspelt = { ...native, stores: native.stores.replace("address", "adress") };
    expect((await run("lint", "-f", manifest("keyferry", misspelt))).said).toContain("did you mean address?");
  });

  test.each([
    ["acme", own, { key: "yek", other: "rehto" }],
    ["keyferry", native, { f: "yek" }],
  ] as const)("is mounted by provider %s", async (provider, parameters, files) => {
    const target = join(mkdtempSync(join(tmpdir(), "kf-acme-")), "volume");
    const words = ["mount", "-f", manifest(provider, parameters), "--target", target];
    expect(await run(...words, "--token", `acme=${tokenFile()}`)).toMatchObject({ code: 0 });
    for (const [name, text] of Object.entries(files)) expect(readFileSync(join(target, name), "utf8")).toBe(text);
    const without = await run(...words.with(-1, `${target}-2`));
    expect(without.said).toContain('no service-account token for audience "acme"');
  });

  test("is served, with its setting from flag, variables and file", async () => {
    const flags = ["--serve", "acme", "--acme-address", "https://acme.test"];
    const daemon = await startDaemon({ flags });
    try {
      const target = join(mkdtempSync(join(tmpdir(), "kf-acme-")), "volume");
      const words = ["mount", "-f", manifest("acme", own), "--target", target, "--socket", daemon.socket("acme")];
      expect(await run(...words, "--token", `acme=${tokenFile()}`)).toMatchObject({ code: 0 });
    } finally {
      await daemon.stop();
    }
    const wrong = { code: 2, said: expect.stringContaining("https://HOST") };
    expect(await run("serve", "--acme-address", "not-a-url")).toMatchObject(wrong);
  });

  test("is known to the doctor: its servers, its audience, its rights", async () => {
    const { said } = await run(
      "doctor",
      "--serve",
      "acme",
      "--acme-address",
      "https://127.0.0.1:1",
      "--output",
      "json",
    );
    expect(said).toContain("https://127.0.0.1:1 (provider acme)");
  });

  test("is in the reference pages, the schemas for editors and the chart's", async () => {
    const files = await readReference(root, { ...builtIn, stores: [...builtIn.stores, acme] });
    expect(files.get("docs/reference/options.md")).toContain(
      "| `--acme-address URL` | `KEYFERRY_ACME_ADDRESS` | `acmeAddress` |",
    );
    expect(files.get("deploy/schema/keyferry-config.schema.json")).toContain('"acmeAddress"');
    expect(files.get("deploy/schema/secretproviderclass.schema.json")).toContain('"acme"');
    expect(files.get("deploy/helm/keyferry/values.schema.json")).toMatch(/"acmeAddress"[^]*"acme"/u);
  });
});
