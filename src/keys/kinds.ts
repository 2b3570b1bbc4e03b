import { age } from "./age/index.ts";
import { ansibleVault } from "./ansible-vault.ts";
import { eyaml } from "./eyaml.ts";
import { pgp } from "./pgp.ts";
import type { KeyPlugin } from "./plugin.ts";
import { awsKms } from "./remote/aws-kms.ts";
import { azureKey } from "./remote/azure-key.ts";
import { gcpKms } from "./remote/gcp-kms.ts";
import { vaultTransit } from "./remote/vault-transit.ts";
import { s5 } from "./s5.ts";
import { sealedSecrets } from "./sealed-secrets.ts";

/** Every kind of key there is. The only place that names them all. */
export const keyKinds = [
  age,
  pgp,
  sealedSecrets,
  ansibleVault,
  eyaml,
  s5,
  vaultTransit,
  awsKms,
  gcpKms,
  azureKey,
] as const;

type Kind = (typeof keyKinds)[number];

/** A configured key of any kind, told apart by `kind`: each has its own settings and no other. */
export type AnyKeySource = Kind extends infer One ? (One extends KeyPlugin<infer Source> ? Source : never) : never;

/** What the sources of each kind give, by the kind's name. */
export type GivenKeys = { readonly [One in Kind as One["kind"]]: ReturnType<One["open"]>["given"] };

/** The kinds of wrapped keys that can be opened at all, whatever keys are configured; sorted. */
export const wrappedKeyKinds: readonly string[] = keyKinds
  .flatMap(({ opens }) => (opens === undefined ? [] : [opens]))
  .sort();
