// Renders the chart into deploy/manifests and writes its README; with --check compares them, and puts the chart through
// every check there is: helm lint, Kubernetes schemas, policy, alert rules, linters.
//
//   node scripts/with-node.mjs scripts/chart.ts [--check]
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { checkPolicy, type Manifest } from "./chart/policy.ts";
import { writeReadme } from "./chart/readme.ts";
import { writeKindSchemas, writeResourceSchemas } from "./chart/schemas.ts";
import { tool } from "./tools.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const chart = join(root, "deploy", "helm", "keyferry");
const manifests = join(root, "deploy", "manifests");
const scratch = join(root, "build-tools", "chart");
const [flag] = process.argv.slice(2);
const problems: string[] = [];

/** Oldest that the chart takes, one in between, newest that the schemas know. */
const kubernetes = ["1.25.0", "1.30.0", "1.34.0", "1.37.0"];
const current = "1.34.0";

/** Which values make which plain manifest. */
const rendered: Readonly<Record<string, readonly string[]>> = {
  "keyferry.yaml": ["ci/default.yaml"],
  "keyferry-monitoring.yaml": ["ci/default.yaml", "ci/monitoring.yaml"],
  "keyferry-sync-controller.yaml": ["ci/default.yaml", "values-sync-controller.yaml"],
};

/** Values that the schema or a template must refuse. */
const refused = [
  "image.repository=",
  "image.digest=latest",
  "sockets.vautl=true",
  "sockets.keyferry=false",
  "user=-1",
  "daemon.mountTimeout=soon",
  "daemon.logLevel=loud",
  "terminationGracePeriodSeconds=5",
  "health.host=localhost",
  "keys[0].name=prod",
  "config.serve=vault",
  "config.hmacSecretName=own",
  "config.refesh.interval=5m",
  "config.keys[0].nme=prod",
  "config.vaultTlsSkipVerify=maybe",
  "providersDirs[0]=relative",
  "networkPolicy.ports[0]=70000",
  "csiDriver.tokenRequests[0].expirationSeconds=60",
  "unknown=1",
];

function run(program: string, words: readonly string[]): { ok: boolean; out: string; said: string } {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 });
  return { ok: status === 0, out: stdout, said: `${stdout}${stderr}`.trim() };
}

function render(helm: string, values: readonly string[], version: string, more: readonly string[] = []) {
  const files = values.flatMap((name) => ["-f", join(chart, name)]);
  const words = ["template", "keyferry", chart, "--namespace", "keyferry", "--kube-version", version];
  return run(helm, [...words, ...files, ...more]);
}

/** A rendering without what only Helm needs. */
function plain(text: string): string {
  const head = "# Rendered from deploy/helm/keyferry by `npm run chart`: change the chart, not this file.\n";
  const lines = text.split("\n").filter((line) => !/^# Source: |managed-by: Helm$/.test(line));
  return head + lines.join("\n").replace(/\n{3,}/g, "\n\n");
}

function put(file: string, text: string): void {
  if (flag !== "--check") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return;
  }
  let there = "";
  try {
    there = readFileSync(file, "utf8");
  } catch {
    // Not there is out of step, too.
  }
  if (there !== text) problems.push(`${file.slice(root.length + 1)} is out of step: run npm run chart`);
}

function writeAll(helm: string): void {
  const text = readFileSync(join(chart, "README.md.tmpl"), "utf8");
  put(join(chart, "README.md"), writeReadme(text, readFileSync(join(chart, "values.yaml"), "utf8")));
  for (const [name, values] of Object.entries(rendered)) {
    const { ok, out, said } = render(helm, values, current);
    if (ok) put(join(manifests, name), plain(out));
    else problems.push(`${name}: ${said}`);
  }
}

function readManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value = document.toJS() as Manifest | null;
    return value === null ? [] : [value];
  });
}

/** Each values file of ci/ for each version of Kubernetes: rendered, against the schemas and against the policy. */
function checkMatrix(helm: string): void {
  const [kubeconform, schemas, operator] = ["kubeconform", "kubernetes-schemas", "prometheus-operator"].map((name) =>
    tool(name),
  );
  rmSync(scratch, { recursive: true, force: true });
  if (operator !== undefined) writeResourceSchemas(operator, join(scratch, "schemas"));
  for (const version of schemas === undefined ? [] : kubernetes) {
    writeKindSchemas(join(schemas ?? "", `v${version}-local-strict`), join(scratch, version));
  }
  const sets = readdirSync(join(chart, "ci")).filter((name) => name !== "monitoring.yaml");
  for (const set of [...sets.map((name) => `ci/${name}`), "values-kind.yaml"]) {
    const name = basename(set);
    const lint = run(helm, ["lint", chart, "--strict", "--kube-version", current, "-f", join(chart, set)]);
    if (!lint.ok) problems.push(`helm lint, ${name}: ${lint.said}`);
    for (const version of kubernetes) {
      const { ok, out, said } = render(helm, [set], version);
      if (!ok) {
        problems.push(`${name} for ${version}: ${said}`);
        continue;
      }
      // The one set of values that asks for root.
      const excused = (finding: string) => name === "root.yaml" && finding.endsWith("runs as root");
      const findings = checkPolicy(readManifests(out)).filter((finding) => !excused(finding));
      problems.push(...findings.map((finding) => `${name}: ${finding}`));
      if (kubeconform === undefined || schemas === undefined || operator === undefined) continue;
      const file = join(scratch, `${version}-${name}`);
      writeFileSync(file, out);
      const folder = join(scratch, version);
      const where = [
        `${folder}/{{.ResourceKind}}{{.KindSuffix}}.json`,
        `${scratch}/schemas/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json`,
      ];
      const words = where.flatMap((one) => ["-schema-location", one]);
      const checked = run(kubeconform, ["-strict", "-summary", ...words, file]);
      if (!checked.ok) problems.push(`${name} for ${version}: ${checked.said}`);
    }
  }
}

function checkRefusals(helm: string): void {
  for (const setting of refused) {
    if (render(helm, ["ci/default.yaml"], current, ["--set", setting]).ok) problems.push(`accepted: --set ${setting}`);
  }
}

function checkOthers(): void {
  const [hadolint, shellcheck, promtool] = ["hadolint", "shellcheck", "promtool"].map((name) => tool(name));
  const words: readonly (readonly [string | undefined, readonly string[]])[] = [
    [hadolint, ["--config", ".hadolint.yaml", "Dockerfile"]],
    [shellcheck, [".ci/run"]],
    [promtool, ["check", "rules", join(chart, "files", "alerts.yaml")]],
    [promtool, ["test", "rules", join(root, "test", "chart", "alerts.yaml")]],
  ];
  for (const [program, rest] of words) {
    if (program === undefined) continue;
    const { ok, said } = run(program, rest);
    if (!ok) problems.push(`${rest.join(" ")}: ${said}`);
  }
}

const helm = tool("helm");
if (helm !== undefined) writeAll(helm);
if (flag === "--check") {
  if (helm !== undefined) {
    checkMatrix(helm);
    checkRefusals(helm);
  }
  checkOthers();
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(problems.length === 0 ? "chart: all well\n" : `chart: ${problems.length} problems\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
