// Runs a script of this project on a Node.js that is new enough: the machine's own where it will do, otherwise the
// binary of the npm package pinned in scripts/node/package-lock.json. Plain JavaScript for any Node.js from 18 on.
//
//   node scripts/with-node.mjs [--install] SCRIPT [ARGUMENT ...]
//
// --install first brings node_modules in step with package-lock.json.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const needed = readJson(join(root, "package.json")).engines.node.match(/\d+/g).map(Number);

function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function newEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > needed[0] || (major === needed[0] && minor >= needed[1]);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Runs npm quietly on the Node.js given; its output is shown only if it fails. */
function npmCi(folder, node) {
  const npm = process.env.npm_execpath;
  const words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const result = npm?.endsWith(".js")
    ? spawnSync(node, [npm, ...words], { cwd: folder, env, encoding: "utf8" })
    : spawnSync("npm", words, { cwd: folder, env, encoding: "utf8" });
  if (result.status !== 0) fail(`npm ci failed in ${folder}:\n${result.error ?? ""}${result.stdout}${result.stderr}`);
}

function findBinary(folder) {
  const packages = join(folder, "node_modules");
  if (!existsSync(packages)) return undefined;
  return readdirSync(packages)
    .map((name) => join(packages, name, "bin", "node"))
    .find((path) => existsSync(path));
}

function chooseNode() {
  if (newEnough(process.versions.node)) return process.execPath;
  const folder = join(root, "scripts", "node");
  if (findBinary(folder) === undefined) {
    process.stderr.write(`Node.js ${process.versions.node} is too old for Keyferry; fetching a newer one from npm\n`);
    npmCi(folder, process.execPath);
  }
  return (
    findBinary(folder) ??
    fail(`Keyferry needs Node.js ${needed.join(".")} or newer, and npm has none for ${process.platform}`)
  );
}

/** Whether every package of the lock file is installed in the version it names. */
function installed() {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const present = readJson(record).packages;
  return Object.entries(readJson(join(root, "package-lock.json")).packages).every(
    ([path, wanted]) => path === "" || wanted.optional || present[path]?.version === wanted.version,
  );
}

const words = process.argv.slice(2);
const install = words[0] === "--install" && words.shift();
if (words.length === 0) fail("usage: node scripts/with-node.mjs [--install] SCRIPT [ARGUMENT ...]");
const node = chooseNode();
if (install && !installed()) {
  process.stderr.write("installing dependencies from npm\n");
  npmCi(root, node);
}
const script = join(root, words[0]);
if (!existsSync(script)) fail(`${words[0]} is not there yet: run "npm ci && npm run build" first`);
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
// npm runs scripts in the project's folder; the command line's paths are those of the folder its user is in.
const cwd = process.env.npm_lifecycle_event === "keyferry" ? (process.env.INIT_CWD ?? process.cwd()) : process.cwd();
const child = spawn(node, [script, ...words.slice(1)], { stdio: "inherit", env, cwd });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
