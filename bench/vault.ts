// Mounts of `provider: vault` against a scripted server with latency, beside the floor: a login and one round trip of
// reads by a bare client, in the same run.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mountOver } from "../src/driver/client.ts";
import type { MountRequest } from "../src/proto/provider.ts";
import { startVault, vaultData, type FakeVault } from "../test/fakes/vault.ts";
import { start } from "./processes.ts";

const rounds = 15;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function request(pod: string, account: string, objects: number): MountRequest {
  const lines = Array.from(
    { length: objects },
    (_, at) => `- { objectName: f${at}, secretPath: kv/a${at}, secretKey: k }`,
  );
  const attributes = JSON.stringify({
    "csi.storage.k8s.io/pod.name": pod,
    "csi.storage.k8s.io/pod.namespace": "shop",
    "csi.storage.k8s.io/pod.uid": `uid-${pod}`,
    "csi.storage.k8s.io/serviceAccount.name": account,
    "csi.storage.k8s.io/serviceAccount.tokens": JSON.stringify({ vault: { token: "jwt" } }),
    roleName: "shop",
    objects: lines.join("\n"),
  });
  const targetPath = `/pods/uid-${pod}/mount`;
  return { attributes, secrets: "null", targetPath, permission: "420", currentObjectVersion: [] };
}

/** What no client can beat: for a first mount a login and then all reads at once, else the reads alone. */
async function floor(vault: FakeVault, objects: number, first: boolean): Promise<number> {
  const headers = { "x-vault-token": "tok" };
  return timed(async () => {
    if (first) await (await fetch(`${vault.url}/v1/auth/kubernetes/login`, { method: "POST", body: "{}" })).text();
    const reads = Array.from({ length: objects }, (_, at) => fetch(`${vault.url}/v1/kv/a${at}`, { headers }));
    await Promise.all(reads.map(async (read) => (await read).text()));
  });
}

const vault = await startVault();
for (let at = 0; at < 20; at += 1) vault.routes.set(`/v1/kv/a${at}`, vaultData({ k: "v" }));
const folder = mkdtempSync(join(tmpdir(), "kf-bench-"));
const config = join(folder, "keyferry.yaml");
// A repeated Mount asks the store again, so that its way is what is measured.
writeFileSync(config, "refresh: { interval: 50ms, minInterval: 50ms }\n");
const words = ["serve", "--providers-dir", folder, "--config", config, "--health-address", "127.0.0.1:0"];
const flags = ["--serve", "vault", "--vault-addr", vault.url];
const daemon = await start(
  [join(import.meta.dirname, "..", "build", "main.js"), ...words, ...flags],
  join(folder, "vault.sock"),
);
const mount = (pod: string, account: string, objects: number) =>
  mountOver(daemon.socket, request(pod, account, objects));

let account = 0;
await mount("warm", "warm", 20);
await floor(vault, 20, true);
console.log(`provider: vault, median of ${rounds}; ratio above 1 is slower than the floor`);
console.log(
  "latency  pods objects            first    floor  ratio      rotation    floor  ratio   calls first/rotation",
);
for (const latency of [5, 20]) {
  vault.latency = latency;
  for (const pods of [1, 40]) {
    for (const objects of [1, 5, 20]) {
      const times = { first: [] as number[], rotation: [] as number[], both: [] as number[], reads: [] as number[] };
      let calls = [0, 0];
      for (let round = 0; round < rounds; round += 1) {
        account += 1;
        const name = `sa-${account}`;
        const all = () => Promise.all(Array.from({ length: pods }, (_, at) => mount(`p${at}-${name}`, name, objects)));
        const before = vault.asked.length;
        times.first.push(await timed(all));
        const between = vault.asked.length;
        await new Promise((resolve) => setTimeout(resolve, 60));
        times.rotation.push(await timed(all));
        calls = [between - before, vault.asked.length - between];
        times.both.push(await floor(vault, objects, true));
        times.reads.push(await floor(vault, objects, false));
      }
      const [first, rotation, both, reads] = [times.first, times.rotation, times.both, times.reads].map(median);
      const ms = (value = NaN) => `${value.toFixed(1)} ms`.padStart(9);
      const ratio = (a = NaN, b = NaN) => (a / b).toFixed(2).padStart(6);
      const columns = [`${latency} ms`.padStart(7), String(pods).padStart(6), String(objects).padStart(8), "       "];
      const tail = `${calls[0]} / ${calls[1]}`.padStart(16);
      console.log(
        [
          ...columns,
          ms(first),
          ms(both),
          ratio(first, both),
          "    ",
          ms(rotation),
          ms(reads),
          ratio(rotation, reads),
          tail,
        ].join(""),
      );
    }
  }
}
daemon.process.kill();
await vault.close();
