import type { Permission } from "../../kube/access-review.ts";
import { nodeNameSetting } from "../../kube/settings.ts";
import type { Permission as StorePermission } from "../../model/permission.ts";
import type { SettingValues } from "../../model/setting.ts";
import type { StorePlugin } from "../../stores/plugin.ts";
import { useOf, type Use, type Wanted } from "./needs.ts";

/** A right of the daemon that a feature needs. */
export interface Feature {
  readonly permission: Permission;
  /** What it is for: `revoking Vault leases of pods that are gone`. */
  readonly purpose: string;
  /** What happens without. */
  readonly without: string;
  /** The chart's value that grants it. */
  readonly value: string;
  readonly use: Use;
  /** Whether what the operator configured cannot work without. */
  readonly required: boolean;
}

/** Makes tokens for any service account; judged together with `tokenRequests`. */
export const makesTokens: Permission = {
  verb: "create",
  group: "",
  resource: "serviceaccounts",
  subresource: "token",
};

/** Rights that the settings have a use for, besides that of making tokens. `namespace` is the daemon's own. */
export function featuresOf(wanted: Wanted, namespace: string, values: SettingValues): readonly Feature[] {
  const ofStores = wanted.plugins.stores.flatMap((plugin) =>
    plugin.permissions.map((permission) => storeFeature(permission, plugin, wanted, { namespace, values })),
  );
  // The chart names the node for Events, and only where it grants them.
  const namesNode = values.get(nodeNameSetting) !== "";
  const events = ["create", "patch"].map((verb): Feature => ({
    permission: { verb, group: "", resource: "events" },
    purpose: "Events of pods whose secrets cannot be refreshed",
    without: "nobody tells the owners of pods",
    value: "rbac.events",
    use: namesNode ? "used" : "possible",
    required: false,
  }));
  const features = [...ofStores, ...events, ...keyFeatures(wanted)];
  return features.filter(({ use }) => use !== "unused");
}

interface DaemonContext {
  readonly namespace: string;
  readonly values: SettingValues;
}

function storeFeature(
  { verb, resource, ownNamespace, nameSetting, purpose, without, value, required }: StorePermission,
  plugin: StorePlugin,
  wanted: Wanted,
  { namespace, values }: DaemonContext,
): Feature {
  const name = nameSetting === undefined ? undefined : values.get(nameSetting);
  // The right to make an object cannot be held to a name.
  const named = name === undefined || verb === "create" ? {} : { name };
  return {
    permission: { verb, group: "", resource, ...(ownNamespace ? { namespace } : {}), ...named },
    purpose,
    without,
    value,
    use: name === "" ? "unused" : useOf(plugin, wanted),
    required: required && plugin.providers.some((provider) => wanted.serve.includes(provider)),
  };
}

function keyFeatures({ config }: Wanted): readonly Feature[] {
  return config.keys.flatMap(({ kind, source }) =>
    kind.rights(source).map(({ verb, resource, namespace, without, value }): Feature => ({
      permission: { verb, group: "", resource, namespace },
      purpose: `key ${JSON.stringify(source.name)}`,
      without,
      value,
      use: "used",
      required: true,
    })),
  );
}

/** How to grant what a feature needs. */
export function grantText({ value }: Feature): string {
  return `set the chart's value ${value.includes("=") ? value : `${value}=true`}`;
}

/** `list secrets in kube-system`, `create serviceaccounts/token`. */
export function permissionText({ verb, resource, subresource, namespace, name }: Permission): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return [verb, what, name, namespace === undefined ? undefined : `in ${namespace}`].filter(Boolean).join(" ");
}
