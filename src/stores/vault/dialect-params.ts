import type { IssueSink } from "../../model/issue.ts";
import type { Parameters } from "../../model/pod.ts";
import { parseGoBoolean } from "../../text/go/boolean.ts";
import { addressProblem, isNamespace } from "./connection.ts";
import { parseMount, type VaultParams } from "./language.ts";
import { layerSettings, standardAddress, type VaultSettings } from "./settings.ts";
import type { VaultTls } from "./tls.ts";

/** Everything of the parameters but `objects`, laid over the daemon's settings. */
export function parseDialectParams(parameters: Parameters, below: VaultSettings, issues: IssueSink): VaultParams {
  const text = (name: string) => parameters.get(name) ?? "";
  const refuse = (parameter: string, problem: string, fix: string) => {
    issues.add({ reason: "parameter_invalid", place: { parameter }, problem, fix });
  };
  const skip = parameters.get("vaultSkipTLSVerify");
  if (skip !== undefined && parseGoBoolean(skip) === undefined) {
    refuse("vaultSkipTLSVerify", "it is not a boolean", 'write "true" or "false", or leave it out');
  }
  if (parameters.has("vaultAuthMountPath") && parameters.has("vaultKubernetesMountPath")) {
    refuse(
      "vaultKubernetesMountPath",
      "vaultAuthMountPath is there too",
      "keep vaultAuthMountPath and remove this one",
    );
  }
  const [certificateFile, keyFile] = [text("vaultTLSClientCertPath"), text("vaultTLSClientKeyPath")];
  if ((certificateFile === "") !== (keyFile === "")) {
    const alone = keyFile === "" ? "vaultTLSClientCertPath" : "vaultTLSClientKeyPath";
    refuse(alone, "it stands alone", "set both vaultTLSClientCertPath and vaultTLSClientKeyPath");
  }
  const chosenBy = chooses(text("vaultAddress"), below) ? "manifest" : "operator";
  // The operator's certificate says who the daemon is, and is shown to no server of somebody else's choice.
  const lower = chosenBy === "operator" ? below : { ...below, certificateFile: "", keyFile: "" };
  const own = { caFile: text("vaultCACertPath"), caFolder: text("vaultCADirectory"), certificateFile, keyFile };
  const settings = layerSettings(lower, {
    ...own,
    address: text("vaultAddress"),
    namespace: text("vaultNamespace"),
    authMount: text("vaultAuthMountPath") || text("vaultKubernetesMountPath"),
    skipVerify: skip !== undefined && parseGoBoolean(skip) === true,
    serverName: text("vaultTLSServerName"),
  });
  if (text("roleName") === "") {
    const fix = "name the role of Vault's auth mount that the pod logs in as";
    issues.add({ reason: "parameter_missing", place: { parameter: "roleName" }, problem: "it is missing", fix });
  }
  const address = settings.agentAddress || settings.address || standardAddress;
  if (!isNamespace(settings.namespace)) {
    refuse("vaultNamespace", "it is no namespace", "write a path such as team/a");
  }
  const problem = addressProblem(address);
  if (problem !== undefined) {
    refuse("vaultAddress", problem, "write a URL such as https://vault.example.com:8200");
  }
  const files = Object.entries(own).flatMap(([name, path]) =>
    path === "" || path === lower[name as keyof typeof own] ? [] : [path],
  );
  const identity = { role: text("roleName"), audience: text("audience") || undefined };
  return { ...paramsOf(settings, address), ...identity, chosenBy, files };
}

/** Whether a manifest's address leads elsewhere than the operator's settings do. */
function chooses(written: string, { agentAddress, address }: VaultSettings): boolean {
  return written !== "" && agentAddress === "" && plainAddress(written) !== plainAddress(address);
}

function plainAddress(text: string): string {
  return (URL.parse(text)?.href ?? text).replace(/\/+$/u, "");
}

function paramsOf(
  settings: VaultSettings,
  address: string,
): Pick<VaultParams, "addresses" | "namespace" | "authMount" | "tls"> {
  return {
    addresses: [address],
    namespace: settings.namespace,
    authMount: parseMount(settings.authMount),
    tls: tlsOf(settings),
  };
}

/** The part of the settings that says how a server is verified. */
export function tlsOf(settings: VaultSettings): VaultTls {
  const given = (value: string) => (value === "" ? undefined : value);
  return {
    ca: given(settings.ca),
    caFile: given(settings.caFile),
    caFolder: given(settings.caFolder),
    certificateFile: given(settings.certificateFile),
    keyFile: given(settings.keyFile),
    serverName: given(settings.serverName),
    skipVerify: settings.skipVerify,
  };
}
