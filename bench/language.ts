// What the language costs: 50 objects with extract and three templates, against the same files each picked by jmesPath, at
// the real daemon against a scripted Vault. Says how long a rotation takes each way, and the ratio.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attributesOf } from "../test/fakes/mounting.ts";
import { startVault, vaultData } from "../test/fakes/vault.ts";
import { connectAsDriver } from "./driver-connection.ts";
import { start } from "./processes.ts";

const rounds = 40;
const objects = 50;
const keys = ["username", "password", "host", "port"] as const;

const vault = await startVault();
for (let at = 0; at < objects; at += 1) {
  const data = { username: `user-${at}`, password: `p@ss-${at}`, host: "db.shop.svc", port: 5432 };
  vault.routes.set(`/v1/kv/o${at}`, vaultData(data));
}
const each = <T>(make: (at: number) => T): readonly T[] => Array.from({ length: objects }, (_, at) => make(at));

const template = (at: number) =>
  `{ objectAlias: t${at}, template: "url=postgres://{{ o${at}.username | url_encode }}:{{ o${at}.password | url_encode }}@{{ o${at}.host }}:{{ o${at}.port }}" }`;
const written = [
  ...each((at) => `{ objectName: kv/o${at}, as: o${at}, extract: true, objectAlias: o${at} }`),
  ...[0, 1, 2].map(template),
];
const picked = [
  ...each((at) => keys.map((key) => `{ objectName: kv/o${at}, jmesPath: ${key}, objectAlias: o${at}/${key} }`)).flat(),
  ...[0, 1, 2].map((at) => `{ objectName: kv/o${at}, objectAlias: t${at} }`),
];

const folder = mkdtempSync(join(tmpdir(), "kf-bench-"));
const config = join(folder, "keyferry.yaml");
// A repeated Mount asks the store again, so that its way is what is measured.
writeFileSync(config, "refresh: { interval: 50ms, minInterval: 50ms }\n");
const main = join(import.meta.dirname, "..", "build", "main.js");
const words = ["--providers-dir", folder, "--config", config, "--health-address", "127.0.0.1:0", "--serve", "keyferry"];
const daemon = await start([main, "serve", ...words], join(folder, "keyferry.sock"));
const driver = connectAsDriver(daemon.socket);

function mount(pod: string, entries: readonly string[]): Promise<unknown> {
  const attributes = attributesOf(
    {
      stores: `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`,
      objects: entries.map((entry) => `- ${entry}`).join("\n"),
    },
    pod,
  );
  return driver.mount({
    attributes: JSON.stringify(attributes),
    secrets: "null",
    targetPath: `/pods/uid-${pod}/mount`,
    permission: "420",
    currentObjectVersion: [],
  });
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

async function timed(pod: string, entries: readonly string[]): Promise<number> {
  const began = performance.now();
  await mount(pod, entries);
  return performance.now() - began;
}

const times = { language: [] as number[], plain: [] as number[] };
await mount("web-0", written);
await mount("web-0", picked);
// Turn by turn, so that both meet the same machine.
for (let round = 0; round < rounds; round += 1) {
  await new Promise((resolve) => setTimeout(resolve, 60));
  times.plain.push(await timed("web-0", picked));
  await new Promise((resolve) => setTimeout(resolve, 60));
  times.language.push(await timed("web-0", written));
}
const [language, plain] = [median(times.language), median(times.plain)];
console.log(`${objects} objects, ${objects * keys.length + 3} files, median of ${rounds} rotations`);
console.log(
  `extract and templates ${language.toFixed(1)} ms, jmesPath ${plain.toFixed(1)} ms: ratio ${(language / plain).toFixed(2)}`,
);
driver.close();
daemon.process.kill();
await vault.close();
