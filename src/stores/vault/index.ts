import type { Permission } from "../../model/permission.ts";
import type { StorePlugin } from "../plugin.ts";

const versions: Omit<Permission, "verb" | "nameSetting"> = {
  resource: "secrets",
  ownNamespace: true,
  purpose: "the key of object versions",
  without: "versions of Vault objects differ between nodes, or are empty",
  value: "rbac.hmacKey",
  required: false,
};

/** The plug-in of Vault and OpenBao. */
export const vault: StorePlugin = {
  kind: "vault",
  providers: ["vault"],
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
    { ...versions, verb: "get", nameSetting: "hmac-secret-name" },
    { ...versions, verb: "create", nameSetting: "hmac-secret-name" },
  ],
  load: async () => {
    const [{ createVaultStore }, { createVaultDialect }, settings] = await Promise.all([
      import("./store.ts"),
      import("./dialect.ts"),
      import("./settings.ts"),
    ]);
    return ({ setting, env }) => {
      const store = createVaultStore();
      return { store, dialects: [createVaultDialect(store, settings.vaultSettings(setting, env))] };
    };
  },
};
