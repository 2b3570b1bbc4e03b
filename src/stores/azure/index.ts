import type { StorePlugin } from "../plugin.ts";

/** The plug-in of Azure Key Vault. */
export const azure: StorePlugin = {
  kind: "azure",
  providers: ["azure"],
  permissions: [],
  load: async () => {
    const [{ createAzureStore }, { createAzureDialect }, { azureSettings }] = await Promise.all([
      import("./store.ts"),
      import("./dialect.ts"),
      import("./settings.ts"),
    ]);
    return ({ setting, env }) => {
      const settings = azureSettings(setting, env);
      const store = createAzureStore(settings, env);
      return { store, dialects: [createAzureDialect(store, settings)] };
    };
  },
};
