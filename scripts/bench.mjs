// npm run bench [NAME ...]: builds, then runs the benchmarks of bench/, all of them or those named.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const benches = {
  mount: "bench/mount.ts",
  start: "bench/start.ts",
  fleet: "bench/fleet/main.ts",
  vault: "bench/vault.ts",
  gcp: "bench/gcp.ts",
  conjur: "bench/conjur.ts",
  doppler: "bench/doppler.ts",
  azure: "bench/azure.ts",
  aws: "bench/aws.ts",
  documents: "bench/documents.ts",
  attack: "bench/attack.ts",
  tenants: "bench/tenants.ts",
  language: "bench/language.ts",
};
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches);
const scripts = [["scripts/build.mjs", "--test"], ...names.map((name) => [benches[name] ?? fail(name)])];

function fail(name) {
  process.stderr.write(`there is no benchmark ${name}; known: ${Object.keys(benches).join(", ")}\n`);
  process.exit(2);
}

for (const words of scripts) {
  const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
