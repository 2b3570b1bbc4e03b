// The programs of the test cluster, built from Go modules into build-tools/ (ignored by git): a folder of sources is built
// once and again only when one of its files changes. A download that fails is tried again.
//
//   node scripts/cluster-programs.mjs    builds what is missing and prints the paths
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, "test", "cluster", "go");
const store = join(root, "build-tools");

/** Longest time that one attempt takes, in milliseconds; attempts; pause between them. */
const patience = 25 * 60_000;
const attempts = 4;
const pause = 5_000;

const driverModule = "sigs.k8s.io/secrets-store-csi-driver";
const driver = { packages: [`${driverModule}/cmd/secrets-store-csi-driver`], files: { [driverModule]: "deploy" } };

/**
 * Folders of test/cluster/go, the slowest first: which packages are built, and which folder of which module's sources is
 * kept beside the programs.
 */
const modules = {
  kubernetes: { packages: ["./etcd", "./apiserver", "./kubelet", "./kubectl"], files: {} },
  "driver-1.6": driver,
  "driver-1.5": driver,
  "driver-1.4": driver,
};

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Where the programs of a module go: a name that changes with any file they are built from. */
function placeOf(name) {
  const hash = createHash("sha256");
  for (const file of [...filesOf(join(sources, name)), ...filesOf(join(sources, "mlog"))]) {
    hash.update(`${relative(sources, file)}\n`).update(readFileSync(file));
  }
  return join(store, `cluster-${name}-${hash.digest("hex").slice(0, 12)}`);
}

function goEnvironment() {
  return { ...process.env, GOFLAGS: "-buildvcs=false -p=2", GOWORK: "off", GOTOOLCHAIN: "local", CGO_ENABLED: "0" };
}

function go(words, cwd) {
  return new Promise((resolve) => {
    let said = "";
    const child = spawn("go", words, {
      cwd,
      env: goEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: patience,
    });
    child.stdout.on("data", (chunk) => (said += chunk));
    child.stderr.on("data", (chunk) => (said += chunk));
    child.once("error", (error) => resolve({ ok: false, said: error.message }));
    child.once("close", (status) => resolve({ ok: status === 0, said }));
  });
}

/** The lines that tell why, without those that tell progress. */
function reason(said) {
  const lines = said.split("\n").filter((line) => line !== "" && !/^go: (downloading|finding)/.test(line));
  return lines.slice(-6).join("\n   ");
}

async function buildInto(name, folder) {
  const { packages, files } = modules[name];
  const cwd = join(sources, name);
  const words = ["build", "-trimpath", "-ldflags", "-s -w", "-o", `${folder}/`, ...packages];
  for (let attempt = 1; ; attempt += 1) {
    const { ok, said } = await go(words, cwd);
    if (ok) break;
    // What does not compile will not compile the next time either.
    if (attempt === attempts || /^# /m.test(said)) throw new Error(reason(said));
    process.stdout.write(`   ${name}: attempt ${attempt} failed, once more: ${reason(said)}\n`);
    await new Promise((resolve) => setTimeout(resolve, pause * attempt));
  }
  for (const [module, part] of Object.entries(files)) {
    const options = { cwd, env: goEnvironment(), encoding: "utf8" };
    const listed = spawnSync("go", ["list", "-m", "-f", "{{.Dir}}", module], options);
    if (listed.status !== 0) throw new Error(reason(listed.stderr));
    cpSync(join(listed.stdout.trim(), part), join(folder, part), { recursive: true });
    spawnSync("chmod", ["-R", "u+w", folder]);
  }
}

async function build(name) {
  const place = placeOf(name);
  if (existsSync(place)) return place;
  const started = Date.now();
  process.stdout.write(`   building ${name}: ${modules[name].packages.join(" ")}\n`);
  // Filled beside it and then moved: half a build is never taken for one.
  const half = `${place}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  try {
    await buildInto(name, half);
    if (!existsSync(place)) renameSync(half, place);
    process.stdout.write(`   built ${name} in ${Math.round((Date.now() - started) / 1000)} s\n`);
    return place;
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}

/**
 * The folder of each module's programs by its name, and why the others could not be built. One after another: each
 * compiles on all cores as it is.
 */
export async function clusterPrograms() {
  const folders = {};
  const problems = [];
  for (const name of Object.keys(modules)) {
    try {
      folders[name] = await build(name);
    } catch (error) {
      problems.push(`${name} could not be built: ${error.message}`);
    }
  }
  return { folders, problems };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { folders, problems } = await clusterPrograms();
  for (const [name, folder] of Object.entries(folders)) process.stdout.write(`${name} ${folder}\n`);
  for (const problem of problems) process.stderr.write(`!! ${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
