// Ten teams' first mounts beside an offender of each kind: failures and times, with and without. The real daemon, one
// scripted Vault; every victim's pod has a service account of its own, so each mount logs in and reads.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { podToken } from "../test/fakes/pod-token.ts";
import { startVault, vaultData, vaultJson, type FakeVault } from "../test/fakes/vault.ts";
import { connectAsDriver, type DriverConnection } from "./driver-connection.ts";
import { memoryOf, start } from "./processes.ts";

/** What one pod asks for. */
interface Wish {
  readonly namespace: string;
  readonly account: string;
  readonly pod: string;
  readonly paths: readonly string[];
  readonly more?: Readonly<Record<string, string>>;
}

interface Offender {
  readonly is: string;
  /** The pods that come every `pauses.offender` ms. */
  wishes(round: number, vault: FakeVault): readonly Wish[];
}

interface Result {
  readonly failed: number;
  readonly mounts: number;
  readonly p50: number;
  readonly p99: number;
  readonly alive: boolean;
  /** MiB. */
  readonly resident: number;
}

/** How long victims come, and how often; in ms. */
const span = 8_000;
const pauses = { victim: 50, offender: 1000 };
const teams = 10;

function burst(pods: number, objects: number, path: string, more: Partial<Wish> = {}) {
  return (round: number): readonly Wish[] =>
    Array.from({ length: pods }, (_, pod) => ({
      namespace: "offender",
      account: `bad-${pod}`,
      pod: `bad-${round}-${pod}`,
      paths: Array.from({ length: objects }, (_one, object) => `${path}/${round}-${pod}-${object}`),
      ...more,
    }));
}

const offenders: readonly Offender[] = [
  { is: "15 accounts whose path hangs", wishes: burst(15, 1, "hang") },
  { is: "40 hanging objects of a pod", wishes: burst(1, 40, "hang") },
  {
    is: "three namespaces whose paths hang",
    wishes: (round) =>
      ["a", "b", "c"].flatMap((name) => burst(2, 20, "hang")(round).map((wish) => ({ ...wish, namespace: name }))),
  },
  { is: "429 with Retry-After: 30", wishes: burst(5, 3, "throttled") },
  { is: "503 on its own path", wishes: burst(5, 5, "broken") },
  {
    is: "refused TLS at the same address",
    wishes: (round, { url }) =>
      burst(5, 3, "kv")(round).map((wish) => ({ ...wish, more: { vaultAddress: url.replace("http:", "https:") } })),
  },
  { is: "wrong path prefix", wishes: burst(5, 5, "nothing-here") },
  { is: "answers of 4 MiB, five a pod", wishes: burst(6, 5, "huge") },
];

const huge = Buffer.from(JSON.stringify({ data: { k: "x".repeat(4 << 20) } }));

function script(vault: FakeVault): void {
  vault.latency = 20;
  const has = vault.routes.has.bind(vault.routes);
  const get = vault.routes.get.bind(vault.routes);
  vault.routes.has = (name) => answerOf(name) !== undefined || has(name);
  vault.routes.get = (name) => answerOf(name) ?? get(name);
}

function answerOf(name: string) {
  const [, mount] = /^\/v1\/([a-z]+)\//.exec(name) ?? [];
  if (mount === "kv") return vaultData({ k: "v" });
  if (mount === "hang") return () => pause(300_000, vaultJson({}), { ref: false });
  if (mount === "throttled") return { status: 429, headers: { "retry-after": "30" }, body: "{}" };
  if (mount === "broken") return { status: 503, body: JSON.stringify({ errors: [] }) };
  return mount === "huge" ? { status: 200, body: huge } : undefined;
}

function requestOf({ namespace, account, pod, paths, more }: Wish) {
  const objects = paths.map((path, at) => `- { objectName: f${at}, secretPath: ${path}, secretKey: k }`);
  const attributes = JSON.stringify({
    "csi.storage.k8s.io/pod.name": pod,
    "csi.storage.k8s.io/pod.namespace": namespace,
    "csi.storage.k8s.io/pod.uid": `uid-${namespace}-${pod}`,
    "csi.storage.k8s.io/serviceAccount.name": account,
    "csi.storage.k8s.io/serviceAccount.tokens": JSON.stringify({
      vault: { token: podToken(pod, namespace, account) },
    }),
    roleName: "team",
    objects: objects.join("\n"),
    ...more,
  });
  const targetPath = `/var/lib/kubelet/pods/uid-${namespace}-${pod}/volumes/kubernetes.io~csi/v/mount`;
  return { attributes, secrets: "null", targetPath, permission: "420", currentObjectVersion: [] };
}

/** One after the other at this pace, each timed; none waits for the one before. */
async function victims(driver: DriverConnection): Promise<readonly { took: number; failed: boolean }[]> {
  const all: Promise<{ took: number; failed: boolean }>[] = [];
  for (let at = 0; at * pauses.victim < span; at += 1) {
    const began = performance.now();
    const team = `team-${at % teams}`;
    const wish = { namespace: team, account: `web-${at}`, pod: `web-${at}`, paths: [`kv/${team}/a`, `kv/${team}/b`] };
    const ended = (failed: boolean) => ({ took: performance.now() - began, failed });
    all.push(
      driver.mount(requestOf(wish)).then(
        () => ended(false),
        () => ended(true),
      ),
    );
    await pause(pauses.victim);
  }
  return Promise.all(all);
}

async function offend(driver: DriverConnection, offender: Offender, vault: FakeVault, signal: AbortSignal) {
  for (let round = 0; !signal.aborted; round += 1) {
    for (const wish of offender.wishes(round, vault)) void driver.mount(requestOf(wish)).catch(() => undefined);
    await pause(pauses.offender);
  }
}

async function run(offender: Offender): Promise<Result> {
  const vault = await startVault();
  script(vault);
  const folder = mkdtempSync(join(tmpdir(), "kf-bench-"));
  const main = join(import.meta.dirname, "..", "build", "main.js");
  const words = ["--max-old-space-size=256", main, "serve", "--serve", "vault", "--providers-dir", folder];
  const flags = ["--health-address", "127.0.0.1:0", "--vault-addr", vault.url, "--memory-limit", "384Mi"];
  const daemon = await start([...words, ...flags], join(folder, "vault.sock"));
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, memoryOf(daemon.process).resident)), 50);
  const [good, bad] = [connectAsDriver(daemon.socket), connectAsDriver(daemon.socket)];
  const warm = { namespace: "warm", account: "w", pod: "w", paths: ["kv/warm/a"] };
  await good.mount(requestOf(warm));
  const stop = new AbortController();
  const offending = offend(bad, offender, vault, stop.signal);
  await pause(1000);
  const ends = await victims(good);
  stop.abort();
  await offending;
  clearInterval(watch);
  const alive = daemon.process.exitCode === null && daemon.process.signalCode === null;
  good.close();
  bad.close();
  daemon.process.kill("SIGKILL");
  await vault.close();
  const times = ends.map(({ took }) => took).sort((a, b) => a - b);
  const quantile = (q: number) => times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? NaN;
  const failed = ends.filter((end) => end.failed).length;
  return { failed, mounts: ends.length, p50: quantile(0.5), p99: quantile(0.99), alive, resident: peak };
}

const none: Offender = { is: "none", wishes: () => [] };
const chosen = offenders.filter(({ is }) => is.includes(process.argv[2] ?? ""));
console.log(
  `first mounts of ${teams} teams, one each ${pauses.victim} ms for ${span / 1000} s; Vault answers after 20 ms`,
);
console.log("offender                             failed   p99 with    without   ratio   p50 with   peak resident");
for (const offender of chosen) {
  // Side by side, since the machine is not the same from one minute to the next.
  const without = await run(none);
  const beside = await run(offender);
  console.log(
    [
      offender.is.padEnd(36),
      `${beside.failed} / ${beside.mounts}`.padStart(7),
      `${beside.p99.toFixed(0)} ms`.padStart(11),
      `${without.p99.toFixed(0)} ms`.padStart(11),
      (beside.p99 / without.p99).toFixed(2).padStart(8),
      `${beside.p50.toFixed(0)} ms`.padStart(11),
      `${beside.resident.toFixed(0)} MiB`.padStart(16),
      beside.alive ? "" : "  the daemon died",
    ].join(""),
  );
}
process.exit(0);
