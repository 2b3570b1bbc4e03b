// What a hostile author does to a node: the real daemon under the chart's memory limit, a neighbour who mounts every
// 200 ms and a health check beside every attack. Prints whether the process lives, how long the neighbour waited, and
// every way in which a Mount ended.
//
//   npm run bench attack [-- PART OF A NAME ...]
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { parseAgeRecipient } from "../src/keys/age/recipients.ts";
import { sealText } from "../src/stores/sops/store.ts";
import { MountResponse } from "../src/wire/provider.ts";
import { startBackend } from "../test/e2e/backend.ts";
import { finalCodes } from "../test/e2e/requests.ts";
import { startAzure } from "../test/fakes/azure.ts";
import { connectProvider, type Ended } from "../test/fakes/provider-client.ts";
import { startVault } from "../test/fakes/vault.ts";
import { createRows, slowVault, type Arsenal, type Row } from "./attack/rows.ts";
import { requestOf } from "./attack/volume.ts";

/** The chart's limit. */
const memoryLimit = 384 << 20;
/** Pause between two Mounts of the neighbour, and two looks at its health, in ms. */
const pause = 200;
/** How long an attack is watched at most, in ms; how long before and after it. */
const watch = { most: 60_000, around: 1000 };
const mountMethod = "/v1alpha1.CSIDriverProvider/Mount";

const main = join(import.meta.dirname, "..", "build", "main.js");

interface Node {
  readonly process: ChildProcess;
  readonly folder: string;
  readonly health: string;
  /** What bounds its memory. */
  readonly limit: string;
  readonly ended: Promise<string>;
}

/** What the Dockerfile sets. */
const imageVariables = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "131072",
  MALLOC_TRIM_THRESHOLD_: "131072",
};

let groups = 0;

/** A control group with the limit; its folder, or undefined where this machine gives none. */
function createGroup(): string | undefined {
  const name = `keyferry-attack-${process.pid}-${(groups += 1)}`;
  for (const [folder, file] of [
    [`/sys/fs/cgroup/memory/${name}`, "memory.limit_in_bytes"],
    [`/sys/fs/cgroup/${name}`, "memory.max"],
  ] as const) {
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, file), String(memoryLimit));
      process.setMaxListeners(100).once("exit", () => {
        try {
          rmdirSync(folder);
        } catch {
          // A process of it is still ending.
        }
      });
      return folder;
    } catch {
      continue;
    }
  }
  return undefined;
}

async function startNode(flags: readonly string[], config: string): Promise<Node> {
  const folder = mkdtempSync(join(tmpdir(), "kf-attack-"));
  const words = ["serve", "--providers-dir", folder, "--health-address", "127.0.0.1:0", "--config", config, ...flags];
  const group = createGroup();
  // It joins the group before Node.js starts and reads the limit, as in a container; without one the heap is bounded.
  const [program = "", ...given] =
    group === undefined
      ? [process.execPath, "--max-old-space-size=288", main]
      : ["/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', group, process.execPath, main];
  const child = spawn(program, [...given, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...imageVariables },
  });
  const limit = group === undefined ? "heap" : "cgroup";
  const ended = new Promise<string>((resolve) => child.once("exit", (code, signal) => resolve(String(code ?? signal))));
  let said = "";
  const health = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      if (said.length < 1 << 16) said += chunk.toString();
      const address = /"message":"ready"[^\n]*"address":"([^"]+)"/.exec(said)?.[1];
      if (address !== undefined) resolve(`http://${address}/healthz`);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void ended.then((how) => reject(new Error(`ended with ${how}: ${said}`)));
  });
  return { process: child, folder, health, limit, ended };
}

/** Repeats something at a pace until it is told to stop; how long each took, in ms, and how many failed. */
function repeat(work: () => Promise<boolean>) {
  const took: number[] = [];
  let failed = 0;
  const going = { on: true };
  const running: Promise<void>[] = [];
  const once = async () => {
    const began = performance.now();
    if (!(await work())) failed += 1;
    took.push(performance.now() - began);
  };
  const done = (async () => {
    while (going.on) {
      running.push(once());
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    await Promise.all(running);
  })();
  return async () => {
    going.on = false;
    await done;
    const sorted = took.toSorted((a, b) => a - b);
    return { count: took.length, failed, p99: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN };
  };
}

function outcomeOf(ended: Ended<Buffer>): string {
  if (!("answer" in ended)) return finalCodes.includes(ended.code) ? `code ${ended.code}` : `NOT FINAL ${ended.code}`;
  return MountResponse.decode(ended.answer).files.length === 0 ? "EMPTY SUCCESS" : "ok";
}

async function attack(row: Row, node: Node, neighbour: Uint8Array): Promise<string> {
  const own = connectProvider(join(node.folder, "keyferry.sock"));
  const deadline = () => Date.now() + watch.most;
  const mounts = repeat(async () => outcomeOf(await own.call(mountMethod, neighbour, Date.now() + 20_000)) === "ok");
  const checks = repeat(() =>
    fetch(node.health, { signal: AbortSignal.timeout(20_000) }).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, watch.around));
  const clients = new Map(
    row.mounts.map(({ socket }) => [socket, connectProvider(join(node.folder, `${socket}.sock`))]),
  );
  const outcomes = new Map<string, number>();
  const began = performance.now();
  await Promise.all(
    row.mounts.map(async ({ socket, parameters }, at) => {
      const namespace = `team-${at % row.namespaces}`;
      const request = requestOf(parameters, { namespace, pod: `web-${at}`, account: `web-${at}` });
      const ended = await clients.get(socket)?.call(mountMethod, request, deadline());
      const outcome = ended === undefined ? "no client" : outcomeOf(ended);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }),
  );
  const took = performance.now() - began;
  await new Promise((resolve) => setTimeout(resolve, watch.around));
  const [mounted, checked] = [await mounts(), await checks()];
  for (const client of [own, ...clients.values()]) client.close();
  const alive = node.process.exitCode === null && node.process.signalCode === null;
  const ends = [...outcomes].map(([outcome, count]) => `${outcome} x${count}`).join(", ");
  return [
    alive ? "alive" : "DEAD",
    `neighbour p99 ${mounted.p99.toFixed(0)} ms${mounted.failed > 0 ? ` (${mounted.failed}/${mounted.count} FAILED)` : ""}`,
    `health p99 ${checked.p99.toFixed(0)} ms${checked.failed > 0 ? ` (${checked.failed} FAILED)` : ""}`,
    `${(took / 1000).toFixed(1)} s`,
    ends,
  ].join("; ");
}

const identity = await generateIdentity();
const recipient = await parseAgeRecipient(await identityToRecipient(identity));
const recipients = recipient === undefined ? [] : [recipient];
const [vault, azure, backend] = await Promise.all([startVault(), startAzure(slowVault()), startBackend()]);
const arsenal: Arsenal = { recipients, vault, backend };
const folder = mkdtempSync(join(tmpdir(), "kf-attack-"));
writeFileSync(join(folder, "age"), identity);
const pgpKey = join(import.meta.dirname, "..", "test", "vectors", "keys", "pgp-rsa-secret.asc");
const keys = [
  { name: "age", kind: "age", file: join(folder, "age"), namespaces: ["*"] },
  { name: "pgp", kind: "pgp", file: pgpKey, namespaces: ["*"] },
];
const config = join(folder, "keyferry.yaml");
writeFileSync(config, JSON.stringify({ keys }));
const flags = ["--serve", "keyferry,vault,azure", "--vault-addr", vault.url];
flags.push("--azure-vault-endpoint", azure.url, "--azure-authority-endpoint", azure.url, "--log-format", "json");
const plain = Buffer.from("password: hunter2\n");
const sealed = Buffer.from(await sealText(plain, { format: "yaml", recipients, now: Date.now() })).toString();
const objects = JSON.stringify([{ objectName: "app", objectAlias: "pw", jmesPath: "password" }]);
const stores = JSON.stringify([{ name: "git", kind: "sops" }]);
const neighbour = requestOf({ stores, objects, app: sealed }, { namespace: "shop", pod: "web-0" });

const wanted = process.argv.slice(2);
for (const row of await createRows(arsenal)) {
  if (wanted.length > 0 && !wanted.some((part) => row.name.includes(part))) continue;
  const node = await startNode(flags, config);
  console.log(`${row.name} (${node.limit}): ${await attack(row, node, neighbour)}`);
  node.process.kill("SIGKILL");
  await node.ended;
}
await Promise.all([vault.close(), azure.close(), backend.close()]);
process.exit(0);
