// npm run demo: builds, starts the daemon on a temporary folder, plays the driver for examples/demo, and shows a failing
// mount. Everything it starts is stopped again; the files stay for a look.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, "dist", "main.js");
const folder = mkdtempSync(join(tmpdir(), "keyferry-demo-"));
const target = join(folder, "volume");
const socket = join(folder, "keyferry.sock");
const example = (name) => relative(root, join(root, "examples", "demo", name));

function say(text) {
  process.stdout.write(`${text}\n`);
}

function keyferry(words) {
  say(`\n$ keyferry ${words.join(" ")}`);
  const result = spawnSync(process.execPath, [main, ...words], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  return result.status;
}

function expectStatus(status, wanted, what) {
  if (status !== wanted) throw new Error(`${what} ended with exit code ${status}, expected ${wanted}`);
}

function listening(path) {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => resolve(true)).once("error", () => resolve(false));
    probe.once("close", () => probe.destroy());
    probe.once("connect", () => probe.end());
  });
}

async function startDaemon() {
  const words = ["serve", "--providers-dir", folder, "--config", example("keyferry.yaml"), "--health-address"];
  words.push("127.0.0.1:0", "--log-format", "text");
  say(`\n$ keyferry ${words.join(" ")} &`);
  const daemon = spawn(process.execPath, [main, ...words], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  for (let tries = 0; tries < 200; tries += 1) {
    if (daemon.exitCode !== null) throw new Error("the daemon did not start");
    if (await listening(socket)) return daemon;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  daemon.kill();
  throw new Error("the daemon did not open its socket");
}

function stop(daemon) {
  return new Promise((resolve) => {
    daemon.once("exit", resolve);
    daemon.kill("SIGTERM");
  });
}

say("Building Keyferry …");
const build = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { cwd: root, stdio: "inherit" });
expectStatus(build.status, 0, "the build");

say("\nThe daemon, as it runs on every node:");
const daemon = await startDaemon();
try {
  const pod = ["-n", "shop", "--pod", "web-0", "--service-account", "web", "--socket", socket, "--target", target];
  say("\nA pod starts, and the driver asks for its volume:");
  expectStatus(keyferry(["mount", "-f", example("secretproviderclass.yaml"), ...pod]), 0, "the mount");
  say(
    `\nThe files lie in ${target}: ${readdirSync(target)
      .filter((name) => !name.startsWith(".."))
      .join(", ")}`,
  );
  say("\nA manifest with three mistakes, as its author would see it in the pod's events:");
  expectStatus(keyferry(["mount", "-f", example("failing.yaml"), ...pod]), 1, "the failing mount");
  say("\nThe same, found before it reaches the cluster:");
  expectStatus(keyferry(["lint", "-f", example("failing.yaml")]), 1, "lint");
} finally {
  say("\nStopping the daemon:");
  await stop(daemon);
}
say(`\nDone. Have a look at ${target}, then read examples/demo and docs/start.md.`);
