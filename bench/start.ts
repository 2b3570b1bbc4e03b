// Start to listening, and memory: idle, and after the 1,000th and the 10,000th Mount.
import { join } from "node:path";
import { load } from "./load.ts";
import { memoryOf, startDaemon } from "./processes.ts";
import { memoryMount, sopsMount } from "./requests.ts";

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

const times: number[] = [];
const idle: number[] = [];
const anonymous: number[] = [];
for (let round = 0; round < 9; round += 1) {
  const daemon = await startDaemon(join(import.meta.dirname, "..", "dist", "main.js"));
  const memory = memoryOf(daemon.process);
  if (round > 0) {
    times.push(daemon.took);
    idle.push(memory.resident);
    anonymous.push(memory.anonymous);
  }
  daemon.process.kill("SIGKILL");
}
console.log("start, the image's bundle, median of 8 after one that warms the compile cache");
console.log(`  spawn to ready      ${median(times).toFixed(0)} ms`);
console.log(`  resident, idle      ${median(idle).toFixed(1)} MiB (anonymous ${median(anonymous).toFixed(1)} MiB)`);

for (const [name, request] of [
  ["object in memory", memoryMount],
  ["SOPS document", sopsMount],
] as const) {
  const daemon = await startDaemon(join(import.meta.dirname, "..", "build", "main.js"));
  console.log(`memory while mounting, ${name}`);
  let done = 0;
  for (const upTo of [1000, 2500, 5000, 10_000]) {
    await load(daemon.socket, request, upTo - done, 16);
    done = upTo;
    const memory = memoryOf(daemon.process);
    const text = `${memory.resident.toFixed(1)} MiB (anonymous ${memory.anonymous.toFixed(1)} MiB)`;
    console.log(`  after ${String(upTo).padStart(6)} Mounts  ${text}`);
  }
  daemon.process.kill("SIGKILL");
}
