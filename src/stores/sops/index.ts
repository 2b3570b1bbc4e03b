import type { StorePlugin } from "../plugin.ts";

/** The plug-in of stores of kind `sops`. */
export const sops: StorePlugin = {
  kind: "sops",
  providers: [],
  permissions: [],
  load: async () => {
    const { createSopsStore } = await import("./store.ts");
    return ({ setting }) => ({
      store: createSopsStore({ refuseOlder: setting("sops-refuse-older") === "true" }),
      dialects: [],
    });
  },
};
