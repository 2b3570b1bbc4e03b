import type { Endpoint } from "../../model/endpoint.ts";
import type { VaultTls } from "./tls.ts";

/** The servers of a connection, with what their certificates are held to; the client's key stays where it is. */
export function vaultEndpoints(
  addresses: readonly string[],
  { ca, caFile, caFolder, addsCa, serverName, skipVerify }: VaultTls,
): readonly Endpoint[] {
  return addresses.map((address) => ({ address, ca, caFile, caFolder, addsCa, serverName, insecure: skipVerify }));
}
