import type { AzureLogin } from "../../identity/azure/azure.ts";
import { cloudNames, findCloud, stackCloud } from "../../identity/azure/settings.ts";
import type { IssueSink } from "../../model/issue.ts";
import type { Parameters } from "../../model/pod.ts";
import type { Reason } from "../../model/reasons.ts";
import { parseGoBoolean } from "../../text/go/boolean.ts";
import { isTenant, vaultNameProblem, type AzureParams } from "./language.ts";
import { goTrim } from "../../text/go/trim.ts";

const modes = ["usePodIdentity", "useVMManagedIdentity", "useAzureTokenProxy"] as const;

/** Everything of the parameters but `objects`. */
export function parseDialectParams(parameters: Parameters, cloudName: string, issues: IssueSink): AzureParams {
  const text = (name: string) => goTrim(parameters.get(name) ?? "");
  const refuse = (parameter: string, problem: string, fix: string, reason: Reason = "parameter_invalid") => {
    issues.add({ reason, place: { parameter }, problem, fix });
  };
  const flags = modes.map((name) => {
    const value = text(name) === "" ? false : parseGoBoolean(text(name));
    if (value === undefined)
      refuse(name, `failed to parse ${name} flag: it is not a boolean`, 'write "true" or "false"');
    return value ?? false;
  });
  const chosen = modes.filter((_, at) => flags[at] === true);
  const [mode] = chosen;
  if (chosen.length > 1) {
    refuse(chosen[1] ?? "", `only one identity mode can be enabled at a time: ${modes.join(", ")}`, "keep one of them");
  } else if (mode === "usePodIdentity") {
    const fix = "use workload identity: set clientID and remove usePodIdentity";
    refuse(mode, "pod identity was retired by Azure and is not supported", fix);
  } else if (mode === "useAzureTokenProxy" && text("clientID") === "") {
    refuse("clientID", "clientID is required for identity binding", "write the client id of the identity");
  }
  const vault = text("keyvaultName");
  if (vault === "") refuse("keyvaultName", "keyvaultName is not provided", "name the vault", "parameter_missing");
  const problem = vault === "" ? undefined : vaultNameProblem(vault);
  if (problem !== undefined) refuse("keyvaultName", problem, "write the vault's name without its domain");
  const tenantId = text("tenantID") === "" ? text("tenantId") : text("tenantID");
  if (tenantId === "") refuse("tenantID", "tenantId is not provided", "write the tenant's id", "parameter_missing");
  const login = loginOf(mode, text("clientID"), text("userAssignedIdentityID"), parameters);
  if (tenantId !== "" && login.mode !== "managed" && !isTenant(tenantId)) {
    refuse("tenantID", "invalid tenantID", "write the tenant's id or domain");
  }
  const cloud = cloudOf(text("cloudName") === "" ? cloudName : text("cloudName"), text("cloudEnvFileName"), refuse);
  return { vault, cloud, tenantId, login };
}

function loginOf(mode: string | undefined, clientId: string, userAssigned: string, parameters: Parameters): AzureLogin {
  if (mode === "useVMManagedIdentity") {
    return { mode: "managed", clientId: userAssigned === "" ? undefined : userAssigned };
  }
  if (mode === "useAzureTokenProxy") return { mode: "binding", clientId };
  if (clientId !== "") return { mode: "workload", clientId };
  const unread = [...parameters.keys()].find((name) => name !== "clientID" && /^(?:azure)?client_?-?id$/iu.test(name));
  return unread === undefined ? { mode: "secret" } : { mode: "secret", unread };
}

function cloudOf(
  name: string,
  file: string,
  refuse: (parameter: string, problem: string, fix: string) => void,
): AzureParams["cloud"] {
  if (name.toLowerCase() === stackCloud.toLowerCase()) return { file };
  const cloud = findCloud(name === "" ? "AzurePublicCloud" : name);
  if (cloud !== undefined) return cloud;
  refuse("cloudName", `cloudName ${name.slice(0, 40)} is not valid`, `write one of: ${cloudNames.join(", ")}`);
  return { file: "" };
}
