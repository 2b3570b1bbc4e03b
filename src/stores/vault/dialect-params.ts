import type { IssueSink } from "../../model/issue.ts";
import type { Parameters } from "../../model/pod.ts";
import { parseGoBoolean } from "../../text/go/boolean.ts";
import { addressProblem, isNamespace } from "./connection.ts";
import { parseMount, type VaultParams } from "./language.ts";
import { layerSettings, standardAddress, type VaultSettings } from "./layers.ts";
import type { VaultTls } from "./tls.ts";
import { parameterOf, type VaultVariant } from "./variants.ts";

type Refuse = (parameter: string, problem: string, fix: string) => void;

/** Everything of the parameters but `objects`, laid over the daemon's settings. */
export function parseDialectParams(
  parameters: Parameters,
  below: VaultSettings,
  variant: VaultVariant,
  issues: IssueSink,
): VaultParams {
  const text = (suffix: string) => parameterOf(parameters, variant, suffix).value ?? "";
  const refuse: Refuse = (parameter, problem, fix) => {
    issues.add({ reason: "parameter_invalid", place: { parameter }, problem, fix });
  };
  const authMount = readMount(parameters, variant, refuse);
  const skip = parameterOf(parameters, variant, "SkipTLSVerify");
  if (skip.value !== undefined && parseGoBoolean(skip.value) === undefined) {
    refuse(skip.name, "it is not a boolean", 'write "true" or "false", or leave it out');
  }
  const pair = readPair(parameters, variant, refuse);
  const chosenBy = chooses(text("Address"), below) ? "manifest" : "operator";
  const lower = chosenBy === "operator" ? below : withoutOwn(below);
  const own = { caFile: text("CACertPath"), caFolder: text("CADirectory"), ...pair };
  const settings = layerSettings(lower, {
    ...own,
    address: text("Address"),
    namespace: text("Namespace"),
    authMount,
    skipVerify: skip.value !== undefined && parseGoBoolean(skip.value) === true,
    serverName: text("TLSServerName"),
  });
  const address = settings.agentAddress || settings.address || standardAddress;
  if (!isNamespace(settings.namespace)) {
    refuse(parameterOf(parameters, variant, "Namespace").name, "it is no namespace", "write a path such as team/a");
  }
  const problem = addressProblem(address);
  if (problem !== undefined) {
    const { name } = parameterOf(parameters, variant, "Address");
    refuse(name, problem, "write a URL such as https://vault.example.com:8200");
  }
  return {
    addresses: [address],
    namespace: settings.namespace,
    authMount: parseMount(settings.authMount),
    tls: tlsOf(settings, variant),
    client: settings.client,
    role: readRole(parameters, variant, issues),
    audience: parameters.get("audience") === "" ? undefined : parameters.get("audience"),
    standardAudience: variant.audience,
    hmacSecret: variant.hmacSecret,
    chosenBy,
    files: named(own, lower),
  };
}

/** Both names mean the same; that both are there is a mistake even where both are empty. */
function readMount(parameters: Parameters, variant: VaultVariant, refuse: Refuse): string {
  const [auth, kubernetes] = ["AuthMountPath", "KubernetesMountPath"].map((suffix) =>
    parameterOf(parameters, variant, suffix),
  );
  if (auth?.value !== undefined && kubernetes?.value !== undefined) {
    refuse(kubernetes.name, `${auth.name} is set as well`, `keep ${auth.name} and remove this one`);
  }
  return (auth?.value ?? "") || (kubernetes?.value ?? "");
}

function readPair(
  parameters: Parameters,
  variant: VaultVariant,
  refuse: Refuse,
): Pick<VaultSettings, "certificateFile" | "keyFile"> {
  const certificate = parameterOf(parameters, variant, "TLSClientCertPath");
  const key = parameterOf(parameters, variant, "TLSClientKeyPath");
  const [certificateFile, keyFile] = [certificate.value ?? "", key.value ?? ""];
  if ((certificateFile === "") !== (keyFile === "")) {
    const alone = keyFile === "" ? certificate.name : key.name;
    refuse(alone, "it stands alone", `set both ${certificate.name} and ${key.name}`);
  }
  return { certificateFile, keyFile };
}

function readRole(parameters: Parameters, { roles, title }: VaultVariant, issues: IssueSink): string {
  const parameter = roles.find((name) => parameters.has(name)) ?? "roleName";
  const role = parameters.get(parameter) ?? "";
  if (role === "") {
    const fix = `name the role of ${title}'s auth mount that the pod logs in as`;
    issues.add({ reason: "parameter_missing", place: { parameter }, problem: "it is missing", fix });
  }
  return role;
}

/** The operator's certificate says who the daemon is, and headers may hold a secret: neither goes to a server of somebody else's choice. */
function withoutOwn(settings: VaultSettings): VaultSettings {
  return { ...settings, certificateFile: "", keyFile: "", client: { ...settings.client, headers: {} } };
}

/** Files that the manifest names, but for those that the operator's settings name as well. */
function named(own: Partial<VaultSettings>, operators: VaultSettings): readonly string[] {
  const { caFile = "", caFolder = "", certificateFile = "", keyFile = "" } = own;
  const pairs = [
    [caFile, operators.caFile],
    [caFolder, operators.caFolder],
    [certificateFile, operators.certificateFile],
    [keyFile, operators.keyFile],
  ] as const;
  return pairs.flatMap(([path, operator]) => (path === "" || path === operator ? [] : [path]));
}

/** Whether a manifest's address leads elsewhere than the operator's settings do. */
function chooses(written: string, { agentAddress, address }: VaultSettings): boolean {
  return written !== "" && agentAddress === "" && plainAddress(written) !== plainAddress(address);
}

function plainAddress(text: string): string {
  return (URL.parse(text)?.href ?? text).replace(/\/+$/u, "");
}

/** The part of the settings that says how a server is verified. */
export function tlsOf(settings: VaultSettings, { addsCa }: VaultVariant): VaultTls {
  const given = (value: string) => (value === "" ? undefined : value);
  return {
    ca: given(settings.ca),
    caFile: given(settings.caFile),
    caFolder: given(settings.caFolder),
    certificateFile: given(settings.certificateFile),
    keyFile: given(settings.keyFile),
    serverName: given(settings.serverName),
    skipVerify: settings.skipVerify,
    ...(addsCa ? { addsCa } : {}),
  };
}
