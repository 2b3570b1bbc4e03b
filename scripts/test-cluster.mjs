// npm run test:cluster: the built daemon, deployed by its chart, under a real API server, a real kubelet and the real
// Secrets Store CSI drivers, all built from Go modules. Everything runs in namespaces of its own (mounts, processes,
// network), so that nothing stays when it ends, however it ends. What cannot be had is said loudly; under CI it is a failure.
//
//   npm run test:cluster -- first-mount    only that file
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clusterPrograms } from "./cluster-programs.mjs";
import { tool } from "./tools.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function say(text) {
  process.stdout.write(`${text}\n`);
}

function has(program) {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

/** Ends the run: a failure under CI, a loud word elsewhere. */
function leaveOut(problems) {
  for (const problem of problems) process.stderr.write(`\n!! ${problem}\n`);
  process.stderr.write("!! nothing was tested in a cluster\n\n");
  process.exit((process.env.CI ?? "") === "" ? 0 : 1);
}

function build() {
  const { status } = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

/** Runs the suite inside; resolves to its exit code. */
function runInside(folder, words) {
  // A network of its own has the loopback and nothing else; without iproute2 it could not even be switched on.
  const hasNetwork = has("ip");
  const script = join(root, "test", "cluster", "run.ts");
  const inside = [process.execPath, script, folder, hasNetwork ? "own" : "shared", ...words];
  const network = hasNetwork ? ["--net"] : [];
  const names = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", ...network];
  const child = spawn("unshare", [...names, ...inside], { cwd: root, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => child.kill("SIGKILL"));
  return new Promise((resolve) => {
    child.once("error", (error) => resolve((process.stderr.write(`${error.message}\n`), 1)));
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

const problems = [];
if (process.getuid?.() !== 0) problems.push("the driver mounts file systems: this needs root");
for (const program of ["go", "unshare", "nsenter", "setpriv", "openssl"]) {
  if (!has(program)) problems.push(`${program} is not there`);
}
const { status, stderr } = spawnSync("unshare", ["--mount", "--pid", "--fork", "true"], { encoding: "utf8" });
if (status !== 0) problems.push(`namespaces cannot be made here: ${(stderr ?? "").trim()}`);
if (problems.length > 0) leaveOut(problems);
say("programs of the cluster");
const { folders, problems: unbuilt } = await clusterPrograms();
const helm = tool("helm");
if (helm === undefined) unbuilt.push("helm could not be had");
if (unbuilt.length > 0) leaveOut(unbuilt);
build();
const folder = mkdtempSync(join(tmpdir(), "kf-cluster-"));
writeFileSync(join(folder, "programs.json"), JSON.stringify({ ...folders, helm }));
const code = await runInside(folder, process.argv.slice(2));
if (code === 0) rmSync(folder, { recursive: true, force: true });
else say(`logs are in ${folder}`);
process.exit(code);
