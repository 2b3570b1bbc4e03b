import { ansibleVault } from "./ansible-vault/index.ts";
import { aws } from "./aws/index.ts";
import { azure } from "./azure/index.ts";
import { conjur } from "./conjur/index.ts";
import { doppler } from "./doppler/index.ts";
import { eyaml } from "./eyaml/index.ts";
import { gcp } from "./gcp/index.ts";
import type { StorePlugin } from "./plugin.ts";
import { s5 } from "./s5/index.ts";
import { sealedSecrets } from "./sealed-secrets/index.ts";
import { sops } from "./sops/index.ts";
import { vault } from "./vault/index.ts";

/** Every store there is. The only place that names them all. */
export const plugins: readonly StorePlugin[] = [
  sops,
  sealedSecrets,
  s5,
  ansibleVault,
  eyaml,
  aws,
  azure,
  gcp,
  vault,
  conjur,
  doppler,
];
