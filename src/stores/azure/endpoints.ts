import type { Endpoint } from "../../model/endpoint.ts";
import type { AzureSettings } from "../../identity/azure/settings.ts";
import type { AzureParams } from "./language.ts";

/** The vault of a store and who signs in to it; nothing for a cloud that a file describes, which is read by Mounts. */
export function azureEndpoints({ vault, cloud, login }: AzureParams, { endpoints }: AzureSettings): Endpoint[] {
  if ("file" in cloud) return [];
  const own = endpoints.vault === "" ? `https://${vault}.${cloud.vaultSuffix}` : endpoints.vault;
  const authority = endpoints.authority === "" ? cloud.authority : endpoints.authority;
  const addresses = [
    own.replaceAll("{vault}", vault.toLowerCase()),
    ...(login.mode === "managed" || login.mode === "binding" ? [] : [authority]),
  ];
  return addresses.map((address) => ({ address }));
}

/** The addresses that the operator set in the place of Azure's; one that a vault's name is part of is left out. */
export function azureOwnEndpoints({ endpoints }: AzureSettings): Endpoint[] {
  const { vault, authority, metadata } = endpoints;
  return [vault, authority, metadata]
    .filter((address) => address !== "" && !address.includes("{vault}"))
    .map((address) => ({ address }));
}
