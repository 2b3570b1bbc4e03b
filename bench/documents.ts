// How long one cold Mount's parsing and opening of a large document keeps everything else, such as /healthz, waiting.
import {
  constants,
  createCipheriv,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { createKeyferryDialect } from "../src/dialects/keyferry/index.ts";
import { parseAgeRecipient } from "../src/keys/age/recipients.ts";
import { createKeyring } from "../src/keys/keyring.ts";
import { defaultFileMode } from "../src/model/file.ts";
import { createSealedSecretsStore } from "../src/stores/sealed-secrets/store.ts";
import { createSopsStore, sealText, type FormatName } from "../src/stores/sops/store.ts";
import { Issues } from "../src/text/issues.ts";
import { connected, sessionFor } from "../test/fakes/connected.ts";
import { compute } from "../test/fakes/compute.ts";

const folder = mkdtempSync(join(tmpdir(), "keyferry-bench-"));
const pod = { name: "web-0", namespace: "shop", uid: "u", serviceAccount: "web" };

/** Runs the work; the longest time that a callback had to wait meanwhile, and the whole, in milliseconds. */
async function watch(work: () => Promise<void>): Promise<{ readonly wait: number; readonly all: number }> {
  let [wait, last, going] = [0, performance.now(), true];
  const tick = () => {
    const now = performance.now();
    wait = Math.max(wait, now - last);
    last = now;
    if (going) setImmediate(tick);
  };
  setImmediate(tick);
  const start = performance.now();
  await work();
  await new Promise((resolve) => setImmediate(resolve));
  going = false;
  return { wait, all: performance.now() - start };
}

async function mount(parameters: ReadonlyMap<string, string>): Promise<void> {
  const dialect = createKeyferryDialect({ stores, operatorStores: [] });
  const issues = new Issues();
  const plan = dialect.parse({ parameters, defaultMode: defaultFileMode }, issues);
  if (issues.size > 0) throw new Error(JSON.stringify(issues.sorted));
  for (const { candidates } of plan?.reads ?? []) {
    const [{ store, read }] = candidates;
    const session = sessionFor(store.store, store.params, pod);
    const connection = connections.get(store.store.kind)?.connection;
    const [outcome] = (await connection?.fetch([read.ref], session, new AbortController().signal)) ?? [];
    if (outcome?.kind !== "found") throw new Error("not opened");
  }
}

const identity = await generateIdentity();
writeFileSync(join(folder, "age"), identity);
const recipient = await parseAgeRecipient(await identityToRecipient(identity));
const recipients = recipient === undefined ? [] : [recipient];
const keys = Array.from({ length: 30 }, () => generateKeyPairSync("rsa", { modulusLength: 4096 }).privateKey);
writeFileSync(join(folder, "rsa"), keys.map((key) => key.export({ type: "pkcs8", format: "pem" }).toString()).join(""));
const keyring = createKeyring([
  { name: "age", kind: "age", file: join(folder, "age"), namespaces: ["*"] },
  { name: "rsa", kind: "sealed-secrets", file: join(folder, "rsa"), namespaces: ["*"] },
]);
const connections = new Map(
  [
    connected(createSopsStore({ refuseOlder: false }), { keyring, compute }),
    connected(createSealedSecretsStore(), { keyring }),
  ].map((one) => [one.store.kind, one]),
);
const stores = [...connections.values()].map(({ store }) => store);

async function sopsDocument(format: FormatName, plain: string): Promise<ReadonlyMap<string, string>> {
  const text = Buffer.from(await sealText(Buffer.from(plain), { format, recipients, now: Date.now() })).toString();
  return new Map([
    ["objects", `- { store: git, objectName: app, format: ${format} }`],
    ["stores", "- { name: git, kind: sops }"],
    ["app", text],
  ]);
}

function sealedItem(plain: string): string {
  const last = keys.at(-1);
  if (last === undefined) throw new Error("no key");
  const session = randomBytes(32);
  const padding = {
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: "sha256",
    oaepLabel: Buffer.from("shop/creds"),
  };
  const block = publicEncrypt({ key: createPublicKey(last), ...padding }, session);
  const cipher = createCipheriv("aes-256-gcm", session, Buffer.alloc(12));
  const length = Buffer.from([block.length >> 8, block.length & 255]);
  return Buffer.concat([length, block, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString("base64");
}

const values = (count: number) => Array.from({ length: count }, (_, at) => `key${at}: value${at}\n`).join("");
const items = Array.from({ length: 200 }, (_, at) => `item${at}: ${sealedItem(`value${at}`)}\n`).join("");
const cases: readonly (readonly [string, ReadonlyMap<string, string>])[] = [
  ["YAML, 5,000 values", await sopsDocument("yaml", values(5000))],
  ["YAML, 1 MiB", await sopsDocument("yaml", `a: ${"x".repeat(740_000)}\n`)],
  ["dotenv, 5,000 values", await sopsDocument("dotenv", values(5000).replaceAll(": ", "="))],
  ["binary, 1 MiB", await sopsDocument("binary", "x".repeat(750_000))],
  [
    "sealed, 200 items x 30 keys",
    new Map([
      ["objects", "- { store: s, objectName: app, scope: strict, sealedName: creds }"],
      ["stores", "- { name: s, kind: sealed-secrets }"],
      ["app", items],
    ]),
  ],
];

console.log("                                  longest wait     in all");
for (const [name, parameters] of cases) {
  const { wait, all } = await watch(() => mount(parameters));
  console.log(name.padEnd(32), `${wait.toFixed(0)} ms`.padStart(12), `${all.toFixed(0)} ms`.padStart(12));
}
rmSync(folder, { recursive: true });
