import { startAwsSubject } from "./aws.ts";
import { startAzureSubject } from "./azure.ts";
import { startConjurSubject } from "./conjur.ts";
import { startDopplerSubject } from "./doppler.ts";
import { startGcpSubject } from "./gcp.ts";
import { inlineSubjects } from "./inline-ciphertexts.ts";
import { startSops } from "./sops.ts";
import { startVaultSubject } from "./vault.ts";
import type { Faults, Subject } from "./store.ts";

/** How each kind of store is brought up on its fake. A store that has no entry here fails the contract suite. */
export const subjects: Readonly<Record<string, () => Promise<Subject>>> = {
  sops: startSops,
  aws: startAwsSubject,
  azure: startAzureSubject,
  doppler: startDopplerSubject,
  gcp: startGcpSubject,
  vault: startVaultSubject,
  conjur: startConjurSubject,
  ...inlineSubjects,
};

/** Those that have a network, and a fake with faults to switch on. */
export const networkSubjects: Readonly<Record<string, () => Promise<Subject & { readonly faults: Faults }>>> = {
  aws: startAwsSubject,
  azure: startAzureSubject,
  doppler: startDopplerSubject,
  gcp: startGcpSubject,
  vault: startVaultSubject,
  conjur: startConjurSubject,
};
