// A Mount of the daemon against a bare gRPC server that returns the same response, in one run.
import { join } from "node:path";
import { load, type LoadResult } from "./load.ts";
import { startBare, startDaemon } from "./processes.ts";
import { memoryMount, sopsMount } from "./requests.ts";

const concurrency = 64;
const rounds = 5;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function show(name: string, results: readonly LoadResult[], base?: readonly LoadResult[]): void {
  const p50 = median(results.map((one) => one.p50));
  const rate = median(results.map((one) => one.perSecond));
  const ratio = (pick: (one: LoadResult) => number, inverse = false) => {
    if (base === undefined) return "1.00";
    const ratios = results.map((one, index) => pick(one) / pick(base[index] ?? one));
    return median(inverse ? ratios.map((r) => 1 / r) : ratios).toFixed(2);
  };
  const failed = results.reduce((sum, one) => sum + one.failed, 0);
  const p99 = median(results.map((one) => one.p99));
  console.log(
    [
      name.padEnd(26),
      `${p50.toFixed(2)} ms`.padStart(10),
      `${p99.toFixed(2)} ms`.padStart(10),
      `${rate.toFixed(0)}/s`.padStart(9),
      ratio((one) => one.p50).padStart(10),
      ratio((one) => one.perSecond, true).padStart(12),
      String(failed).padStart(7),
    ].join(""),
  );
}

const bare = await startBare(6);
const daemon = await startDaemon(join(import.meta.dirname, "..", "build", "main.js"));
const results = { bare: [] as LoadResult[], memory: [] as LoadResult[], sops: [] as LoadResult[] };
for (let round = -1; round < rounds; round += 1) {
  const one = [
    await load(bare.socket, memoryMount, 6000, concurrency),
    await load(daemon.socket, memoryMount, 6000, concurrency),
    await load(daemon.socket, sopsMount, 1000, concurrency),
  ] as const;
  // The first round warms up.
  if (round < 0) continue;
  results.bare.push(one[0]);
  results.memory.push(one[1]);
  results.sops.push(one[2]);
}
console.log(
  `${concurrency} at once, median of ${rounds} rounds in turn; ratios above 1 are slower than the bare server`,
);
console.log(`${"".padEnd(26)}       p50       p99     rate  p50 ratio  rate ratio failed`);
show("bare gRPC server", results.bare);
show("daemon, object in memory", results.memory, results.bare);
show("daemon, SOPS document", results.sops, results.bare);
bare.process.kill();
daemon.process.kill();
