import { MountError } from "../../model/error.ts";
import type { VaultReply, VaultServer } from "./call.ts";
import { vaultErrors, vaultOutage, vaultProblem } from "./error.ts";
import { knownLoginReason } from "./known-reasons.ts";

/** What an answer to a login means that is no success, with mount, role and namespace. */
export function loginRefusal(
  reply: VaultReply,
  { address, namespace }: VaultServer,
  mount: string,
  role: string,
): MountError {
  const where = namespace === "" ? "" : ` in namespace ${namespace}`;
  const asking = ` when logging in at auth/${mount}${where} as role ${JSON.stringify(role)}`;
  const known = knownLoginReason(vaultErrors(reply), mount);
  const said = known === undefined ? vaultProblem(reply) : `${reply.status} ${known.said}`;
  const outage = known?.isFinal === true ? undefined : vaultOutage(reply, address, asking);
  if (outage !== undefined && known?.fix === undefined) return outage;
  if (outage !== undefined) {
    return new MountError(outage.reason, `${address} failed: ${said}${asking}; ${known?.fix ?? ""}`, outage.context);
  }
  return new MountError("identity_rejected", `${said}${asking}; ${known?.fix ?? fixOf(reply, mount)}`);
}

function fixOf(reply: VaultReply, mount: string): string {
  if (reply.status === 404) return "enable an auth method there, or correct the auth mount";
  const bind = "bind the role to the pod's service account and namespace, and to the token's audience";
  const isVague = /permission denied|missing client token/u.test(vaultProblem(reply));
  return isVague ? `${bind}; the server says the same where there is no auth mount ${mount}` : bind;
}
