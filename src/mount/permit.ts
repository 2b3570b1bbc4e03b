import { MountError } from "../model/error.ts";
import { isGranted } from "../model/grant.ts";
import { missingToken, numbered } from "../model/missing-token.ts";
import type { MountPlan, PlannedStore } from "../model/plan.ts";
import type { Pod, Tokens } from "../model/pod.ts";
import type { Admitted } from "./admit.ts";

/** What the operator allows to be written in manifests. */
export interface Policy {
  /** Whether a SecretProviderClass may define a store that is reached over the network. */
  readonly inlineStores: boolean;
  /** If not empty: the only hosts (`name`, `name:port` or with `*`) that a store defined in a manifest may point at. */
  readonly addresses: readonly string[];
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
  const stores = new Set([
    ...plan.reads.flatMap(({ candidates }) => candidates.map(({ store }) => store)),
    ...plan.listings.map(({ store }) => store),
  ]);
  const [first, ...rest] = [...stores].flatMap(
    (store) => refusal(store, pod, rules.policy) ?? withoutToken(store, tokens, rules.makesTokens) ?? [],
  );
  if (first !== undefined) throw MountError.all([first, ...rest]);
}

function withoutToken({ name, description }: PlannedStore, tokens: Tokens, makes: boolean): MountError | undefined {
  const { audience } = description;
  if (audience?.required !== true || tokens.has(audience.name)) return undefined;
  if (makes && (audience.byApi === "yes" || (audience.byApi === "if-none" && tokens.size === 0))) return undefined;
  return numbered(missingToken(audience.name, tokens, "", { store: name }), audience.officialError);
}

function refusal(planned: PlannedStore, pod: Pod, policy: Policy): MountError | undefined {
  const refuse = (message: string) => new MountError("not_permitted", message, { store: planned.name });
  if (planned.grantedTo !== undefined) {
    if (isGranted(planned.grantedTo, pod.namespace)) return undefined;
    return refuse(
      `namespace ${pod.namespace} may not use this store; ` +
        "the operator must add it to the store's namespaces in the operator configuration",
    );
  }
  const { addresses } = planned.description;
  if (addresses.length === 0) return undefined;
  if (!policy.inlineStores) {
    return refuse("a manifest may not define a store here; name one that the operator configured");
  }
  const outside = addresses.filter((address) => !isAllowed(policy.addresses, address));
  if (policy.addresses.length === 0 || outside.length === 0) return undefined;
  return refuse(`the operator does not allow the address ${outside.join(", ")}; add it to policy.addresses`);
}

/** A pattern without a port covers every port. */
function isAllowed(patterns: readonly string[], address: string): boolean {
  return isGranted(patterns, address) || isGranted(patterns, address.replace(/:\d+$/, ""));
}
