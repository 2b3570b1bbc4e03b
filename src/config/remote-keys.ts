import type { KeySource } from "../model/key.ts";
import type { Reader } from "../text/yaml/reader.ts";

type Remote = Pick<KeySource, "remote" | "caFile">;

/** Settings of a `vault-transit` entry besides those of all keys. */
export function readTransit(entry: Reader): Remote {
  const address = readAddress(entry, "address", true) ?? "";
  const keys = readPatterns(entry, "keys", "list the transit keys that documents may use, such as [sops]");
  const mounts = entry.texts("mounts") ?? ["transit"];
  const vaultNamespace = entry.text("vaultNamespace") ?? "";
  const role = entry.text("role");
  const authMount = entry.text("authMount") ?? "kubernetes";
  const audience = entry.text("audience") ?? "vault";
  const login = role === undefined ? undefined : { role, authMount, audience };
  readCredential(entry, role, "role");
  const caFile = entry.text("caFile");
  const remote = { kind: "vault-transit", address, mounts, keys, vaultNamespace, login } as const;
  return { remote, ...(caFile === undefined ? {} : { caFile }) };
}

/** Settings of an `aws-kms` entry besides those of all keys. */
export function readAws(entry: Reader): Remote {
  const arns = readPatterns(entry, "arns", "list the ARNs of the keys that documents may use");
  for (const arn of arns) {
    if (arn.startsWith("arn:aws")) continue;
    entry.refuse("arns", "an entry is not an ARN", "write arn:aws:kms:REGION:ACCOUNT:key/ID; * stands for any text");
  }
  const roles = entry.texts("roles") ?? [];
  const roleArn = entry.text("roleArn");
  const audience = entry.text("audience") ?? "sts.amazonaws.com";
  const login = roleArn === undefined ? undefined : { roleArn, audience };
  readCredential(entry, roleArn, "roleArn");
  const endpoint = readAddress(entry, "endpoint", false);
  const stsEndpoint = readAddress(entry, "stsEndpoint", false);
  return { remote: { kind: "aws-kms", arns, roles, login, endpoint, stsEndpoint } };
}

/** Settings of a `gcp-kms` entry besides those of all keys. */
export function readGcp(entry: Reader): Remote {
  const resources = readPatterns(
    entry,
    "resources",
    "list the keys that documents may use, as projects/…/cryptoKeys/…",
  );
  const provider = entry.text("workloadIdentityProvider");
  const serviceAccount = entry.text("serviceAccount");
  const login = provider === undefined ? undefined : { workloadIdentityProvider: provider, serviceAccount };
  readCredential(entry, provider, "workloadIdentityProvider");
  const endpoint = readAddress(entry, "endpoint", false);
  const tokenEndpoint = readAddress(entry, "tokenEndpoint", false);
  return { remote: { kind: "gcp-kms", resources, login, endpoint, tokenEndpoint } };
}

/** Settings of an `azure-key` entry besides those of all keys. */
export function readAzure(entry: Reader): Remote {
  const vaults = readPatterns(
    entry,
    "vaults",
    "list the addresses of the vaults, such as https://shop.vault.azure.net",
  );
  const keys = readPatterns(entry, "keys", "list the keys that documents may use, such as [sops]");
  const tenantId = entry.requiredText("tenantId", "write the tenant of the application that may decrypt");
  const clientId = entry.requiredText("clientId", "write the application that may decrypt");
  const federated =
    (entry.text("file") ?? "") === "" ? (entry.text("audience") ?? "api://AzureADTokenExchange") : undefined;
  const authority = readAddress(entry, "authority", false) ?? "https://login.microsoftonline.com";
  return { remote: { kind: "azure-key", vaults, keys, tenantId, clientId, audience: federated, authority } };
}

/** Exactly one of a credential file and the pod's identity. */
function readCredential(entry: Reader, identity: string | undefined, field: string): void {
  const file = entry.text("file") ?? "";
  if ((file === "") !== (identity === undefined)) return;
  const problem = file === "" ? "it has no credential" : "it has two credentials";
  entry.refuse(file === "" ? "file" : field, problem, `write file, or ${field} to use the pod's identity; one of them`);
}

function readPatterns(entry: Reader, field: string, fix: string): readonly string[] {
  if (!entry.has(field)) {
    entry.requiredText(field, fix);
    return [];
  }
  const patterns = entry.texts(field) ?? [];
  if (patterns.length === 0 || patterns.includes("")) entry.refuse(field, "it is empty", fix);
  return patterns;
}

function readAddress(entry: Reader, field: string, required: boolean): string | undefined {
  const fix = "write https:// and the host";
  const text = required ? entry.requiredText(field, fix) : entry.text(field);
  if (text === undefined || text === "") return undefined;
  const url = URL.parse(text);
  const plain = url?.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!plain || !["https:", "http:"].includes(url.protocol)) entry.refuse(field, "it is not an address", fix);
  return text;
}
