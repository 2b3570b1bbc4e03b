import type { OperatorConfig } from "../../config/config.ts";
import { parseFederation } from "../../identity/gcp/cluster.ts";
import type { KeySource } from "../../model/key.ts";
import type { Dialect } from "../../model/store.ts";

/** An audience that a token of the pod must be for. */
export interface AudienceNeed {
  readonly audience: string;
  /** `store "team-vault"`. */
  readonly who: string;
  /** Whether a Mount fails without; false where manifests may say otherwise. */
  readonly strict: boolean;
  /** Whether the daemon makes the token itself where its role lets it: always, or only while kubelet makes none at all. */
  readonly byApi: "no" | "yes" | "if-none";
}

/** What is used of the cluster by the settings: for certain, or by manifests that define a store themselves. */
export type Use = "used" | "possible" | "unused";

/** What the settings say of stores, keys and served dialects. */
export interface Wanted {
  readonly config: OperatorConfig;
  /** The served ones. */
  readonly dialects: readonly Dialect[];
  readonly serve: readonly string[];
}

const byApi: Readonly<Record<string, AudienceNeed["byApi"]>> = { vault: "yes", gcp: "if-none" };

/** Every audience that the settings tell of. */
export function audienceNeeds({ config, dialects }: Wanted): readonly AudienceNeed[] {
  const stores = config.stores.flatMap(({ name, store, params }): readonly AudienceNeed[] => {
    const [must, better] = [store.audience(params), store.preferredAudience?.(params)];
    const audience = must ?? better;
    const who = `store ${JSON.stringify(name)}`;
    return audience === undefined
      ? []
      : [{ audience, who, strict: must !== undefined, byApi: byApi[store.kind] ?? "no" }];
  });
  const keys = config.keys.flatMap((key): readonly AudienceNeed[] => {
    const audience = keyAudience(key);
    return audience === undefined
      ? []
      : [{ audience, who: `key ${JSON.stringify(key.name)}`, strict: true, byApi: "no" }];
  });
  const served = dialects.flatMap(({ name, audience }): readonly AudienceNeed[] =>
    audience === undefined ? [] : [{ audience, who: `provider ${name}`, strict: false, byApi: byApi[name] ?? "no" }],
  );
  return [...stores, ...keys, ...served];
}

function keyAudience({ remote }: KeySource): string | undefined {
  switch (remote?.kind) {
    case undefined:
      return undefined;
    case "vault-transit":
    case "aws-kms":
      return remote.login?.audience;
    case "gcp-kms":
      return remote.login === undefined
        ? undefined
        : parseFederation(remote.login.workloadIdentityProvider).tokenAudience;
    case "azure-key":
      return remote.audience;
  }
}

/** Whether stores of a kind are asked. */
export function useOf(kind: string, { config, serve }: Wanted): Use {
  if (serve.includes(kind) || config.stores.some(({ store }) => store.kind === kind)) return "used";
  return serve.includes("keyferry") && config.policy.inlineStores ? "possible" : "unused";
}
