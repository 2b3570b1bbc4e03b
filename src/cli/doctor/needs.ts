import type { OperatorConfig } from "../../config/config.ts";
import type { Plugins } from "../../wiring/plugins.ts";
import type { StorePlugin } from "../../stores/plugin.ts";
import type { Audience, AudienceForm } from "../../model/audience.ts";
import type { Dialect } from "../../model/dialect.ts";

/** An audience that a token of the pod must be for. */
export interface AudienceNeed {
  readonly audience: string;
  /** `store "team-vault"`. */
  readonly who: string;
  /** Whether a Mount fails without; false where manifests may say otherwise. */
  readonly strict: boolean;
  /** Whether the daemon makes the token itself where its role lets it: always, or only while kubelet makes none at all. */
  readonly byApi: Audience["byApi"];
}

/** What is used of the cluster by the settings: for certain, or by manifests that define a store themselves. */
export type Use = "used" | "possible" | "unused";

/** What the settings say of stores, keys and served dialects. */
export interface Wanted {
  readonly config: OperatorConfig;
  /** The served ones. */
  readonly dialects: readonly Dialect[];
  readonly serve: readonly string[];
  readonly plugins: Plugins;
}

/** Every audience that the settings tell of. */
export function audienceNeeds({ config, dialects }: Wanted): readonly AudienceNeed[] {
  const stores = config.stores.flatMap(({ name, store, params }): readonly AudienceNeed[] => {
    const { audience } = store.describe(params);
    return audience === undefined ? [] : [needOf(audience, `store ${JSON.stringify(name)}`, audience.required)];
  });
  const keys = config.keys.flatMap(({ kind, source }): readonly AudienceNeed[] => {
    const audience = kind.audience(source);
    return audience === undefined ? [] : [needOf(audience, `key ${JSON.stringify(source.name)}`, audience.required)];
  });
  const served = dialects.flatMap(({ name, audience }): readonly AudienceNeed[] =>
    audience?.name === undefined ? [] : [needOf(audience, `provider ${name}`, false)],
  );
  return [...stores, ...keys, ...served];
}

/** An audience of which only the form is known. */
export interface FormNeed {
  readonly form: AudienceForm;
  /** `provider NAME`. */
  readonly who: string;
}

/** Every such audience of a served dialect. */
export function formNeeds({ dialects }: Wanted): readonly FormNeed[] {
  return dialects.flatMap(({ name, audience }): readonly FormNeed[] =>
    audience === undefined || audience.name !== undefined ? [] : [{ form: audience, who: `provider ${name}` }],
  );
}

function needOf({ name, byApi }: Audience, who: string, strict: boolean): AudienceNeed {
  return { audience: name, who, strict, byApi };
}

/** Whether stores of a kind are asked. */
export function useOf({ kind, providers }: StorePlugin, { config, serve }: Wanted): Use {
  if (providers.some((name) => serve.includes(name)) || config.stores.some(({ store }) => store.kind === kind))
    return "used";
  return serve.includes("keyferry") && config.policy.inlineStores ? "possible" : "unused";
}
