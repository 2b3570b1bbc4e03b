import type { StorePlugin } from "../plugin.ts";
import { azureSettings, settings } from "./settings.ts";
import { work } from "./work.ts";

/** The plug-in of Azure Key Vault. */
export const azure: StorePlugin = {
  kind: "azure",
  providers: ["azure"],
  settings,
  permissions: [],
  work,
  load: async () => {
    const [{ createAzureStore }, { createAzureDialect }] = await Promise.all([
      import("./store.ts"),
      import("./dialect.ts"),
    ]);
    return (values) => {
      const own = azureSettings(values);
      const store = createAzureStore(own);
      return { store, dialects: [createAzureDialect(store, own)] };
    };
  },
};
