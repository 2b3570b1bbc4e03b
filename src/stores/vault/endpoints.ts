import type { Endpoint } from "../../model/endpoint.ts";
import { chooseTls, type ReadTls, type VaultTls } from "./tls.ts";

/** The servers of a connection, with what their certificates are held to; the client's key stays where it is. */
export async function vaultEndpoints(
  addresses: readonly string[],
  tls: VaultTls,
  read: ReadTls,
): Promise<readonly Endpoint[]> {
  const server = await chooseTls({ ...tls, certificateFile: undefined, keyFile: undefined }, read);
  const { ca, serverName, insecure } = server ?? {};
  return addresses.map((address) => ({ address, ca, serverName, insecure }));
}
