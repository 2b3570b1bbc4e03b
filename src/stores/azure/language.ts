import type { AzureLogin, AzureTarget } from "../../identity/azure/azure.ts";
import { cloudNames, findCloud, type AzureCloud } from "../../identity/azure/settings.ts";
import type { Fields } from "../../model/fields.ts";
import type { ObjectContext } from "../../model/store.ts";
import type { AzureRef } from "./objects.ts";

/** Settings of an `azure` store. */
export interface AzureParams {
  /** The vault's name, as in its host name. */
  readonly vault: string;
  readonly cloud: AzureCloud | { readonly file: string };
  readonly tenantId: string;
  readonly login: AzureLogin;
}

/** What signing in needs, once a cloud's file has been read. */
export type ResolvedParams = AzureParams & AzureTarget;

/** Lengths of a vault's name. */
const lengths = { min: 3, max: 24 } as const;

/** Why a text is no name of a vault; undefined when it is one. */
export function vaultNameProblem(name: string): string | undefined {
  const shown = JSON.stringify(name.slice(0, 40));
  if (name.length < lengths.min || name.length > lengths.max) {
    return `Invalid vault name: ${shown}, must be between ${lengths.min} and ${lengths.max} chars`;
  }
  return /^[-A-Za-z0-9]+$/u.test(name) ? undefined : `Invalid vault name: ${shown}, must match [-a-zA-Z0-9]{3,24}`;
}

/** Letters, digits, `.` and `-`: what a tenant in a path can be. */
export function isTenant(text: string): boolean {
  return /^[A-Za-z0-9.-]{1,100}$/u.test(text) && !text.includes("..");
}

/** Own fields of a `stores` entry. */
export function parseParams(fields: Fields): AzureParams {
  const cloudName = fields.text("cloud") ?? "AzurePublicCloud";
  const cloud = findCloud(cloudName);
  if (cloud === undefined) fields.refuse("cloud", "it is not a known cloud", `write one of: ${cloudNames.join(", ")}`);
  const known = cloud ?? { name: cloudName, vaultSuffix: "vault.azure.net", authority: "https://login.invalid/" };
  const tenantId = fields.requiredText("tenantId", "write the tenant's id or domain");
  if (tenantId !== "" && !isTenant(tenantId)) {
    fields.refuse("tenantId", "it is neither an id nor a domain", "write the tenant's id or domain");
  }
  return { vault: parseVault(fields, known), cloud: known, tenantId, login: parseLogin(fields) };
}

/** A name, or the vault's URL in the store's cloud. */
function parseVault(fields: Fields, { vaultSuffix }: AzureCloud): string {
  const written = fields.requiredText("vault", "write the vault's name, such as shop-prod");
  const host = written.startsWith("https://") ? URL.parse(written)?.hostname : undefined;
  const name = host?.endsWith(`.${vaultSuffix}`) === true ? host.slice(0, -vaultSuffix.length - 1) : written;
  const problem = written === "" ? undefined : vaultNameProblem(name);
  if (problem !== undefined) fields.refuse("vault", problem, `write its name, or its URL at ${vaultSuffix}`);
  return name;
}

const modes = ["workload", "binding", "secret", "managed"] as const;

function parseLogin(fields: Fields): AzureLogin {
  const mode = fields.oneOf("auth", modes) ?? "workload";
  const clientId = fields.text("clientId");
  if (mode === "secret") return { mode };
  if (mode === "managed") return { mode, clientId };
  if (clientId === undefined) {
    fields.refuse("clientId", "it is missing", "write the client id of the identity");
  }
  return { mode, clientId: clientId ?? "" };
}

/** An object's kinds; history is how many versions before the first are files too. */
const types = ["secret", "key", "cert"] as const;

/** Own fields of an object. */
export function parseRef(fields: Fields, { objectName }: ObjectContext): AzureRef {
  const type = fields.oneOf("objectType", types) ?? "secret";
  const version = fields.text("objectVersion") ?? "";
  if (!/^[0-9A-Za-z-]{1,127}$/u.test(objectName)) {
    fields.refuse("objectName", "it is no name of an object", "write letters, digits and dashes, as in the vault");
  }
  if (version !== "" && !/^[0-9a-fA-F]{32}$/u.test(version)) {
    fields.refuse(
      "objectVersion",
      "it is no version",
      "write the 32 hexadecimal digits, or leave it out for the latest",
    );
  }
  const form = fields.oneOf("format", ["pem", "pfx"]) ?? "pem";
  if (form === "pfx" && type !== "secret") {
    fields.refuse("format", "only the private half of a certificate can be a PFX", "set objectType to secret");
  }
  const history = fields.integer("objectVersionHistory", { min: 1, max: 100 });
  return { type, name: objectName, version, history, form };
}
