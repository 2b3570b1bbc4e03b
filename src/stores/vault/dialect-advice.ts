import { adviceRules, type AdviceSink, type DialectAdvice } from "../../model/advice.ts";
import type { Parameters } from "../../model/pod.ts";
import type { Rule } from "../../model/rule.ts";
import { adviseFields, adviseMode, adviseParameters, adviseUnrendered, type KnownNames } from "../../text/advice.ts";
import type { GoEntry } from "../../text/go/entry.ts";
import { openEntries, readObject } from "./dialect-objects.ts";

const secretPathMissing: Rule = {
  id: "vault-secret-path-missing",
  severity: "error",
  summary: "an object has no secretPath, so that the root of Vault's API would be read, where nothing is",
  fix: "write the API path of the secret, such as secret/data/shop/db",
};

/** What the official provider reads (HashiCorp's Vault CSI provider 1.7.4), and what it read once. */
const parameterNames: KnownNames = {
  known: [
    "roleName",
    "objects",
    "audience",
    "vaultAddress",
    "vaultNamespace",
    "vaultAuthMountPath",
    "vaultKubernetesMountPath",
    "vaultSkipTLSVerify",
    "vaultCACertPath",
    "vaultCADirectory",
    "vaultTLSServerName",
    "vaultTLSClientCertPath",
    "vaultTLSClientKeyPath",
  ],
  retired: new Map([
    ["kubernetesServiceAccountPath", "remove it; the pod's own token is used"],
    ["vaultCAPem", "put the certificate into a file of the daemon, and name that with vaultCACertPath"],
    ["vaultKubernetesMountPath", "write vaultAuthMountPath, which means the same"],
  ]),
  alike: [],
};

const fieldNames: KnownNames = {
  known: ["objectName", "secretPath", "secretKey", "method", "secretArgs", "filePermission", "encoding"],
  retired: new Map([["objectPath", "write secretPath"]]),
  alike: [],
};

/** What lint says of manifests of `provider: vault` that a Mount takes. */
export const vaultAdvice: DialectAdvice = {
  rules: [secretPathMissing],
  misnomers: ["hashicorp", "hashicorp-vault", "hcp-vault"],
  advise: (parameters, sink) => {
    adviseParameters(parameters, parameterNames, sink);
    adviseMount(parameters, sink);
    adviseAddress(parameters, sink);
    const entries = openEntries(parameters.get("objects") ?? "", { add: () => undefined });
    for (const entry of entries) adviseEntry(entry, sink);
    adviseUnrendered(parameters, entries, ["objectName", "secretPath", "secretKey"], sink);
    adviseFields(entries, fieldNames, sink);
  },
};

function adviseEntry(entry: GoEntry, sink: AdviceSink): void {
  readObject(entry);
  const mode = entry.node("filePermission");
  if (mode?.kind === "scalar") adviseMode(mode.text, 10, entry.placeOf("filePermission"), sink);
  const path = entry.node("secretPath");
  const isText = path === undefined || path.kind === "scalar";
  if (isText && entry.text("secretPath").replaceAll("/", "") === "") {
    const place = entry.placeOf("secretPath");
    const [problem, fix] = ["it is missing", secretPathMissing.fix];
    sink.advise({ rule: secretPathMissing, place, problem, fix, meant: [] });
  } else if (/^\/?v1\//u.test(entry.text("secretPath"))) {
    const place = entry.placeOf("secretPath");
    const fix = "remove v1/ from its start";
    const problem = "it starts with v1/, which is added to every path";
    sink.advise({ rule: adviceRules.doubtfulValue, place, problem, fix, meant: [] });
  }
}

/** `auth/` and `/login` are added to the mount's path. */
function adviseMount(parameters: Parameters, sink: AdviceSink): void {
  for (const parameter of ["vaultAuthMountPath", "vaultKubernetesMountPath"]) {
    const path = (parameters.get(parameter) ?? "").replaceAll(/^\/+|\/+$/gu, "");
    const rest = path.replace(/^(?:v1\/)?auth(?:\/|$)/u, "").replace(/\/login$/u, "");
    if (rest === path) continue;
    const problem = "it holds auth/ or /login, which are added to the path of every mount";
    const fix = rest === "" ? "write the mount's own path, such as kubernetes" : "write the mount's own path alone";
    sink.advise({ rule: adviceRules.doubtfulValue, place: { parameter }, problem, fix, meant: [] });
  }
}

function adviseAddress(parameters: Parameters, sink: AdviceSink): void {
  const place = { parameter: "vaultAddress" };
  const path = URL.parse(parameters.get("vaultAddress") ?? "")?.pathname ?? "";
  if (!/\/(?:v1|ui)(?:\/|$)/u.test(path)) return;
  const problem = `it ends with the path of the ${path.includes("/ui") ? "web interface" : "API"}`;
  const fix = "write the server alone, such as https://vault.example.com:8200";
  sink.advise({ rule: adviceRules.doubtfulValue, place, problem, fix, meant: [] });
}
