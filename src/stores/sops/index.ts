import type { StorePlugin } from "../plugin.ts";
import { work } from "./work.ts";
import { settings, sopsSettings } from "./settings.ts";

/** The plug-in of stores of kind `sops`. */
export const sops: StorePlugin = {
  kind: "sops",
  providers: [],
  settings,
  permissions: [],
  work,
  load: async () => {
    const { createSopsStore } = await import("./store.ts");
    return (values) => ({ store: createSopsStore(sopsSettings(values)), dialects: [] });
  },
};
