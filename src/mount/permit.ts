import { MountError } from "../model/error.ts";
import { isGranted } from "../model/grant.ts";
import { missingToken, numbered } from "../model/missing-token.ts";
import { chosenBy, type MountPlan, type PlannedStore } from "../model/plan.ts";
import type { ObjectRead } from "../model/read.ts";
import { shownName } from "../text/shown-name.ts";
import type { Pod, Tokens } from "../model/pod.ts";
import type { Admitted } from "./admit.ts";

/** What the operator allows to be written in manifests. */
export interface Policy {
  /** Whether a SecretProviderClass may define a store that is reached over the network. */
  readonly inlineStores: boolean;
  /** If not empty: the only hosts (`name`, `name:port` or with `*`) that a store defined in a manifest may point at. */
  readonly addresses: readonly string[];
  /** Folders below which a manifest may name files of the daemon, such as a CA or a client certificate. */
  readonly files: readonly string[];
}

/** What `permit` judges by. */
export interface PermitRules {
  readonly policy: Policy;
  /** Whether the daemon may make tokens for pods itself. */
  readonly makesTokens: boolean;
}

/**
 * Throws `not_permitted` or `identity_missing`, naming every store that the pod's namespace may not use as planned, or
 * that the pod has no token for.
 */
export function permit(plan: MountPlan, { pod, tokens }: Pick<Admitted, "pod" | "tokens">, rules: PermitRules): void {
  const [first, ...rest] = used(plan).flatMap(
    (one) => refusal(one, pod, rules.policy) ?? withoutToken(one.store, tokens, rules.makesTokens) ?? [],
  );
  if (first !== undefined) throw MountError.all([first, ...rest]);
}

/** A store of the plan, and what is read of it. */
interface Used {
  readonly store: PlannedStore;
  readonly reads: readonly ObjectRead[];
}

function used({ reads, listings }: MountPlan): readonly Used[] {
  const stores = new Map<PlannedStore, ObjectRead[]>();
  for (const { store, read } of reads.flatMap(({ candidates }) => candidates)) {
    stores.set(store, [...(stores.get(store) ?? []), read]);
  }
  // What is listed may be anywhere that the store is.
  for (const { store } of listings) stores.set(store, []);
  return [...stores].map(([store, own]) => ({ store, reads: own }));
}

function withoutToken({ name, description }: PlannedStore, tokens: Tokens, makes: boolean): MountError | undefined {
  const { audience } = description;
  if (audience?.required !== true || tokens.has(audience.name)) return undefined;
  if (makes && (audience.byApi === "yes" || (audience.byApi === "if-none" && tokens.size === 0))) return undefined;
  return numbered(missingToken(audience.name, tokens, "", { store: name }), audience.officialError);
}

function refusal({ store: planned, reads }: Used, pod: Pod, policy: Policy): MountError | undefined {
  const refuse = (message: string) => new MountError("not_permitted", message, { store: planned.name });
  if (planned.grantedTo !== undefined) {
    if (isGranted(planned.grantedTo, pod.namespace)) return undefined;
    return refuse(
      `namespace ${pod.namespace} may not use this store; ` +
        "the operator must add it to the store's namespaces in the operator configuration",
    );
  }
  const { addresses, files } = planned.description;
  const withheld = files.filter((file) => !isBelow(policy.files, file));
  if (withheld.length > 0) {
    const names = withheld.map(shownName).join(", ");
    return refuse(
      `a manifest may not name the daemon's ${names}; ` +
        "ask the operator to grant its folder by policy.files, or to configure the store",
    );
  }
  if (addresses.length === 0 || chosenBy(planned) === "operator") return undefined;
  if (!policy.inlineStores) {
    return refuse(
      "a manifest may not choose a store's address here; name a store that the operator configured, " +
        "or ask the operator to set the address",
    );
  }
  const outside = addressesOf(addresses, reads).filter((address) => !isAllowed(policy.addresses, address));
  if (policy.addresses.length === 0 || outside.length === 0) return undefined;
  return refuse(`the operator does not allow the address ${outside.join(", ")}; add it to policy.addresses`);
}

/** Where the reads of a store are asked: everywhere that the store is, unless each says better. */
function addressesOf(all: readonly string[], reads: readonly ObjectRead[]): readonly string[] {
  const own = reads.flatMap(({ addresses }) => (addresses === undefined ? [] : [addresses]));
  return reads.length > 0 && own.length === reads.length ? [...new Set(own.flat())] : all;
}

/** A pattern without a port covers every port; one for hosts covers no unix socket. */
function isAllowed(patterns: readonly string[], address: string): boolean {
  if (address.startsWith("unix:")) {
    return isGranted(
      patterns.filter((pattern) => pattern.startsWith("unix:")),
      address,
    );
  }
  return isGranted(patterns, address) || isGranted(patterns, address.replace(/:\d+$/, ""));
}

/** Whether a path leads below one of the folders as it is written: what is behind links there is the operator's. */
function isBelow(folders: readonly string[], path: string): boolean {
  if (path.split("/").some((part) => part === ".." || part === ".")) return false;
  return folders.some((folder) => path === folder || path.startsWith(`${folder.replace(/\/+$/u, "")}/`));
}
