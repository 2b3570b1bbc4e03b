import { versionKeyRights } from "../../kube/version-key-rights.ts";
import type { StorePlugin } from "../plugin.ts";
import { settings, vaultSettings } from "./settings.ts";
import { openbaoVariant, vaultVariant } from "./variants.ts";

/** The plug-in of Vault and OpenBao. */
export const vault: StorePlugin = {
  kind: "vault",
  providers: ["vault", "openbao"],
  settings,
  permissions: [
    {
      verb: "get",
      resource: "pods",
      ownNamespace: false,
      nameSetting: undefined,
      purpose: "revoking Vault leases of pods that are gone",
      without: "each lease ends by itself",
      value: "rbac.pods",
      required: false,
    },
    ...versionKeyRights("versions of Vault objects differ between nodes, or are empty"),
  ],
  work: [],
  load: async () => {
    const [{ createVaultStore }, { createVaultDialect }] = await Promise.all([
      import("./store.ts"),
      import("./dialect.ts"),
    ]);
    return (values) => {
      const store = createVaultStore();
      const dialects = [vaultVariant, openbaoVariant].map((variant) =>
        createVaultDialect(store, vaultSettings(values, variant), variant),
      );
      return { store, dialects };
    };
  },
};
