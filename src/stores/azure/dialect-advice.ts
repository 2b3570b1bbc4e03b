import { adviceRules, type AdviceSink, type DialectAdvice } from "../../model/advice.ts";
import type { Parameters } from "../../model/pod.ts";
import {
  adviseFields,
  adviseMode,
  adviseParameters,
  adviseSameFiles,
  adviseUnrendered,
  type KnownNames,
} from "../../text/advice.ts";
import type { ClaimedPath } from "../../text/claimed-paths.ts";
import { openElements, readElement } from "./dialect-objects.ts";

/** What the official provider reads (Azure Key Vault provider 1.8.2), and what it read once. */
const parameterNames: KnownNames = {
  known: [
    "keyvaultName",
    "tenantID",
    "tenantId",
    "clientID",
    "objects",
    "cloudName",
    "cloudEnvFileName",
    "usePodIdentity",
    "useVMManagedIdentity",
    "userAssignedIdentityID",
    "useAzureTokenProxy",
  ],
  retired: new Map([
    ["resourceGroup", "remove it; the vault is found by its name alone"],
    ["resourcegroup", "remove it; the vault is found by its name alone"],
    ["subscriptionId", "remove it; the vault is found by its name alone"],
    ["subscriptionid", "remove it; the vault is found by its name alone"],
    ["keyvaultUri", "remove it; write keyvaultName, and cloudName for another cloud"],
    ["keyvaultURI", "remove it; write keyvaultName, and cloudName for another cloud"],
  ]),
  alike: [["tenantID", "tenantId"]],
};

const fieldNames: KnownNames = {
  known: [
    "objectName",
    "objectAlias",
    "objectType",
    "objectVersion",
    "objectVersionHistory",
    "objectFormat",
    "objectEncoding",
    "filePermission",
  ],
  retired: new Map(),
  alike: [],
};

/** Parameters that are read only where another one has a value: name, the other one, that value. */
const dependent = [
  ["userAssignedIdentityID", "useVMManagedIdentity", /^(?:1|t|true)$/iu, "true"],
  ["cloudEnvFileName", "cloudName", /^AzureStackCloud$/iu, "AzureStackCloud"],
] as const;

/** What lint says of manifests of `provider: azure` that a Mount takes. */
export const azureAdvice: DialectAdvice = {
  rules: [],
  misnomers: ["azure-keyvault", "azurekeyvault", "akv", "keyvault"],
  advise: (parameters, sink) => {
    adviseParameters(parameters, parameterNames, sink);
    adviseDependent(parameters, sink);
    const entries = openElements(parameters.get("objects"), { add: () => undefined });
    const claimed: ClaimedPath[] = [];
    for (const entry of entries) {
      const read = readElement(entry);
      if (read?.history === undefined && read !== undefined) claimed.push(read);
      const mode = entry.node("filePermission");
      if (mode?.kind === "scalar") adviseMode(mode.text, 8, entry.placeOf("filePermission"), sink);
    }
    adviseSameFiles(claimed, sink);
    adviseUnrendered(parameters, entries, ["objectName", "objectAlias", "objectVersion"], sink);
    adviseFields(entries, fieldNames, sink);
  },
};

function adviseDependent(parameters: Parameters, sink: AdviceSink): void {
  for (const [parameter, other, form, value] of dependent) {
    const written = (parameters.get(parameter) ?? "").trim();
    if (written === "" || form.test((parameters.get(other) ?? "").trim())) continue;
    const problem = `it is read only where ${other} is ${value}`;
    const fix = `set ${other} to "${value}", or remove this one`;
    sink.advise({ rule: adviceRules.noEffect, place: { parameter }, problem, fix, meant: [] });
  }
}
