import { adviceRules, type AdviceSink, type DialectAdvice } from "../../model/advice.ts";
import type { Parameters } from "../../model/pod.ts";
import type { Rule } from "../../model/rule.ts";
import { adviseFields, adviseMode, adviseParameters, adviseUnrendered, type KnownNames } from "../../text/advice.ts";
import type { GoEntry } from "../../text/go/entry.ts";
import { openEntries, readObject } from "./dialect-objects.ts";
import type { VaultVariant } from "./variants.ts";

const secretPathMissing: Rule = {
  id: "vault-secret-path-missing",
  severity: "error",
  summary: "an object has no secretPath, so that the root of Vault's API would be read, where nothing is",
  fix: "write the API path of the secret, such as secret/data/shop/db",
};

const suffixes = [
  "Address",
  "Namespace",
  "AuthMountPath",
  "KubernetesMountPath",
  "SkipTLSVerify",
  "CACertPath",
  "CADirectory",
  "TLSServerName",
  "TLSClientCertPath",
  "TLSClientKeyPath",
];

/** What an official provider reads, and what it read once. */
function parameterNames({ prefixes, roles }: VaultVariant): KnownNames {
  const own = prefixes.flatMap((prefix) => suffixes.map((suffix) => `${prefix}${suffix}`));
  return {
    known: [...roles, "objects", "audience", ...own],
    retired: new Map([
      ["kubernetesServiceAccountPath", "remove it; the pod's own token is used"],
      ["vaultCAPem", "put the certificate into a file of the daemon, and name that with vaultCACertPath"],
      ...prefixes.map((prefix): [string, string] => [
        `${prefix}KubernetesMountPath`,
        `write ${prefix}AuthMountPath, which means the same`,
      ]),
    ]),
    alike: [],
  };
}

const fieldNames: KnownNames = {
  known: ["objectName", "secretPath", "secretKey", "method", "secretArgs", "filePermission", "encoding"],
  retired: new Map([["objectPath", "write secretPath"]]),
  alike: [],
};

/** What people write for `spec.provider` and mean one of these. */
const misnomers: Readonly<Record<VaultVariant["provider"], readonly string[]>> = {
  vault: ["hashicorp", "hashicorp-vault", "hcp-vault"],
  openbao: ["bao", "open-bao", "openBao"],
};

/** What lint says of manifests of a variant that a Mount takes. */
export function adviceFor(variant: VaultVariant): DialectAdvice {
  const names = parameterNames(variant);
  return {
    // Each is told of once, where lint lists the rules of all dialects.
    rules: variant.provider === "vault" ? [secretPathMissing] : [],
    misnomers: misnomers[variant.provider],
    advise: (parameters, sink) => {
      adviseParameters(parameters, names, sink);
      for (const prefix of variant.prefixes) {
        adviseMount(parameters, prefix, sink);
        adviseAddress(parameters, `${prefix}Address`, sink);
      }
      adviseObjects(parameters, sink);
    },
  };
}

function adviseObjects(parameters: Parameters, sink: AdviceSink): void {
  const entries = openEntries(parameters.get("objects") ?? "", { add: () => undefined });
  for (const entry of entries) adviseEntry(entry, sink);
  adviseUnrendered(parameters, entries, ["objectName", "secretPath", "secretKey"], sink);
  adviseFields(entries, fieldNames, sink);
}

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
function adviseMount(parameters: Parameters, prefix: string, sink: AdviceSink): void {
  for (const parameter of [`${prefix}AuthMountPath`, `${prefix}KubernetesMountPath`]) {
    const path = (parameters.get(parameter) ?? "").replaceAll(/^\/+|\/+$/gu, "");
    const rest = path.replace(/^(?:v1\/)?auth(?:\/|$)/u, "").replace(/\/login$/u, "");
    if (rest === path) continue;
    const problem = "it holds auth/ or /login, which are added to the path of every mount";
    const fix = rest === "" ? "write the mount's own path, such as kubernetes" : "write the mount's own path alone";
    sink.advise({ rule: adviceRules.doubtfulValue, place: { parameter }, problem, fix, meant: [] });
  }
}

function adviseAddress(parameters: Parameters, parameter: string, sink: AdviceSink): void {
  const place = { parameter };
  const path = URL.parse(parameters.get(parameter) ?? "")?.pathname ?? "";
  if (!/\/(?:v1|ui)(?:\/|$)/u.test(path)) return;
  const problem = `it ends with the path of the ${path.includes("/ui") ? "web interface" : "API"}`;
  const fix = "write the server alone, such as https://vault.example.com:8200";
  sink.advise({ rule: adviceRules.doubtfulValue, place, problem, fix, meant: [] });
}
