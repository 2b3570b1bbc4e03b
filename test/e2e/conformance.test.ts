import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { text as readAll } from "node:stream/consumers";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { CaseName, Control, Target } from "../../src/conformance/target.ts";
import { runRules, type RuleResult } from "../../src/conformance/run.ts";
import type { PodVolume } from "../../src/driver/request.ts";
import { Secret } from "../../src/model/secret.ts";
import { realClock } from "../../src/wiring/runtime.ts";
import { startBackend, type Backend } from "./backend.ts";
import { startDaemon, testMain, type Daemon } from "./daemon.ts";
import { canaryToken, listing } from "./requests.ts";

const flags = ["--mount-timeout", "3s", "--serve", "keyferry,one"];
const config = "refresh: { interval: 0s, firstMount: 0s }\n";
let backend: Backend;
let daemon: Daemon;

beforeAll(async () => {
  backend = await startBackend();
  backend.allowed.add("shop/web");
  backend.objects.set("huge", { bytes: Buffer.alloc(5 << 20, "x"), version: "1" });
  daemon = await startDaemon({ flags, config });
});

afterAll(async () => {
  await daemon.stop();
  await backend.close();
});

interface Asked {
  readonly address?: string;
  readonly audience?: string;
}

function volume(objects: string, { address = backend.address, audience }: Asked = {}): PodVolume {
  const store = { name: "backend", kind: "stub", address, ...(audience === undefined ? {} : { audience }) };
  const token = { token: Secret.fromText(canaryToken), expirationTimestamp: "2100-01-01T00:00:00Z" };
  return {
    spc: {
      name: "web-secrets",
      parameters: new Map([
        ["stores", JSON.stringify([store])],
        ["objects", objects],
      ]),
    },
    pod: { name: "web-0", namespace: "shop", uid: "0d6f8f6e-0000-4000-8000-000000000001", serviceAccount: "web" },
    tokens: new Map([["vault", token]]),
    secrets: new Map([["password", Secret.fromText("canary-publish-secret")]]),
  };
}

const entry = (fields: string) => volume(`- { objectName: db, ${fields} }\n`);

function cases(): ReadonlyMap<CaseName, readonly PodVolume[]> {
  const paths = ["../x", "/x", "..x", ".", "a//b", "a/", "./a", "x".repeat(256), "x/".repeat(2050) + "x"];
  return new Map<CaseName, readonly PodVolume[]>([
    ["binary", [volume(listing("bin"))]],
    ["missing", [volume(listing("db", "gone"))]],
    ["denied", [volume(listing("denied"))]],
    ["unauthenticated", [volume(listing("no-login"))]],
    ["unavailable", [volume(listing("db"), { address: "http://127.0.0.1:1/objects" })]],
    ["slow", [volume(listing("slow"))]],
    ["invalid", [entry("objectType: nothing"), volume("- objectNme: db\n"), volume("- {")]],
    ["empty", [volume("[]")]],
    ["bad-path", paths.map((path) => entry(`objectAlias: ${JSON.stringify(path)}`))],
    ["conflict", [volume("- { objectName: db, objectAlias: a }\n- { objectName: bin, objectAlias: a/b }\n")]],
    ["nested", [entry("objectAlias: conf/db")]],
    ["bad-mode", [entry('filePermission: "1000"'), entry('filePermission: "-1"')]],
    ["too-large", [volume(listing("huge"))]],
    ["token", [volume(listing("db"), { audience: "vault" })]],
  ]);
}

function control(): Control {
  const { folder } = daemon;
  const start = async () => {
    daemon = await startDaemon({ folder, flags, config });
  };
  const path = daemon.socket("keyferry");
  return {
    change: () => {
      backend.objects.set("db", { bytes: Buffer.from("s3cret-2"), version: "8" });
      return Promise.resolve();
    },
    restart: async () => {
      await daemon.stop();
      await start();
    },
    terminate: async () => ({ exit: await daemon.stop(), left: existsSync(path) }),
    startOver: async (socket) => {
      if (socket === "served") {
        const other = await startDaemon({ folder, flags, config }).catch(() => undefined);
        await other?.stop();
        return other === undefined ? undefined : { mode: 0 };
      }
      const ended = once(daemon.process, "exit");
      daemon.process.kill("SIGKILL");
      await ended;
      await start();
      return { mode: statSync(path).mode };
    },
  };
}

function target(): Target {
  return {
    socket: daemon.socket("keyferry"),
    otherSocket: daemon.socket("one"),
    valid: volume(listing("db")),
    cases: cases(),
    expected: new Map([["bin", Buffer.from([0, 0xff, 0x0a, 0x80])]]),
    otherAccount: "stranger",
    control: control(),
    patience: 10_000,
  };
}

const outcomes = (results: readonly RuleResult[]) =>
  results.filter(({ outcome }) => outcome !== "held").map(({ id, outcome, problem }) => `${id} ${outcome}: ${problem}`);

describe("the daemon", () => {
  test("keeps every rule of the driver", async () => {
    const results = await runRules(target(), realClock);
    expect(outcomes(results)).toEqual([expect.stringMatching(/^T2 skipped/), expect.stringMatching(/^T14 skipped/)]);
    const ids = results.map(({ id }) => id);
    expect(ids).toEqual([
      ...Array.from({ length: 45 }, (_, index) => `A${index + 1}`),
      ...Array.from({ length: 16 }, (_, index) => `T${index + 1}`),
    ]);
  }, 120_000);
});

describe("keyferry conform", () => {
  function manifest(objects: string): string {
    const { parameters } = volume(objects).spc;
    const file = join(mkdtempSync(join(tmpdir(), "kf-conform-")), "spc.yaml");
    const spec = { provider: "keyferry", parameters: Object.fromEntries(parameters) };
    const metadata = { name: "web-secrets", namespace: "shop" };
    const apiVersion = "secrets-store.csi.x-k8s.io/v1";
    writeFileSync(file, JSON.stringify({ apiVersion, kind: "SecretProviderClass", metadata, spec }));
    return file;
  }

  /** Not in step with this process, whose server answers the daemon. */
  async function run(...words: readonly string[]) {
    const child = spawn(process.execPath, [testMain, "conform", "--service-account", "web", ...words]);
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const [stdout, stderr, status] = await Promise.all([readAll(child.stdout), readAll(child.stderr), ended]);
    return { status, stdout, stderr };
  }

  test("holds a running provider to the rules that it is given the cases for", async () => {
    const words = ["--socket", daemon.socket("keyferry"), "-f", manifest(listing("bin"))];
    const more = ["--case", `missing=${manifest(listing("bin", "gone"))}`, "--output", "json"];
    const { status, stdout } = await run(...words, ...more);
    const report = JSON.parse(stdout) as { broken: number; held: number; rules: readonly RuleResult[] };
    expect([status, report.broken]).toEqual([0, 0]);
    expect(report.held).toBeGreaterThan(25);
    expect(report.rules.find(({ id }) => id === "A7")).toMatchObject({ outcome: "held" });
    expect(report.rules.find(({ id }) => id === "A8")).toMatchObject({
      outcome: "skipped",
      problem: "needs --case denied=SPC.yaml",
    });
  });

  test("needs no manifest for the rules about the service", async () => {
    const { status, stdout, stderr } = await run("--socket", daemon.socket("keyferry"));
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^\d+ rules hold, 0 broken, \d+ skipped\n$/)]);
    expect(stdout).toMatch(/^A1 +held +Version is instant/m);
  });

  test.each([
    { is: "a socket that nobody serves", words: ["--socket", "/nowhere.sock"], says: /nobody serves/ },
    { is: "no socket", words: [], says: /--socket PATH/ },
  ])("$is is wrong usage", async ({ words, says }) => {
    const { status, stderr } = await run(...words);
    expect([status, stderr]).toEqual([2, expect.stringMatching(says)]);
  });

  test("refuses a case that it does not know", async () => {
    const { status, stderr } = await run("--socket", daemon.socket("keyferry"), "--case", "mising=x.yaml");
    expect([status, stderr]).toEqual([2, expect.stringMatching(/no such case; known: .*missing/)]);
  });
});
