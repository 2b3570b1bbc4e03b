import type { Permission } from "../../kube/access-review.ts";
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
export function featuresOf(wanted: Wanted, namespace: string, secretName: string): readonly Feature[] {
  const [vault, gcp] = [useOf("vault", wanted), useOf("gcp", wanted)];
  const core = { group: "" } as const;
  const optional = { required: false } as const;
  const versions = {
    ...optional,
    use: secretName === "" ? "unused" : vault,
    purpose: "the key of object versions",
    without: "versions of Vault objects differ between nodes, or are empty",
    value: "rbac.hmacKey",
  } as const;
  const features: readonly Feature[] = [
    {
      // Asked for before each login at Google, whether there is an annotation or not.
      required: wanted.serve.includes("gcp"),
      permission: { ...core, verb: "get", resource: "serviceaccounts" },
      purpose: "the identity of pods at Google Cloud",
      without: "Mounts with the pod's identity fail unless the store names a serviceAccount",
      value: "rbac.serviceAccounts",
      use: gcp,
    },
    {
      ...optional,
      permission: { ...core, verb: "get", resource: "pods" },
      purpose: "revoking Vault leases of pods that are gone",
      without: "each lease ends by itself",
      value: "rbac.pods",
      use: vault,
    },
    { ...versions, permission: { ...core, verb: "get", resource: "secrets", namespace, name: secretName } },
    { ...versions, permission: { ...core, verb: "create", resource: "secrets", namespace } },
    ...["create", "patch"].map((verb): Feature => ({
      ...optional,
      permission: { ...core, verb, resource: "events" },
      purpose: "Events of pods whose secrets cannot be refreshed",
      without: "nobody tells the owners of pods",
      value: "rbac.events",
      use: "possible",
    })),
    ...controllerFeatures(wanted),
  ];
  return features.filter(({ use }) => use !== "unused");
}

function controllerFeatures({ config }: Wanted): readonly Feature[] {
  return config.keys.flatMap(({ name, controllerNamespace }): readonly Feature[] =>
    controllerNamespace === undefined
      ? []
      : [
          {
            permission: { verb: "list", group: "", resource: "secrets", namespace: controllerNamespace },
            purpose: `key ${JSON.stringify(name)}`,
            without: "its SealedSecrets cannot be opened",
            value: `rbac.sealedSecretsNamespace=${controllerNamespace}`,
            use: "used",
            required: true,
          },
        ],
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
