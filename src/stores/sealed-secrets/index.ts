import { carriedPlugin } from "../plugin.ts";

/** The plug-in of stores of kind `sealed-secrets`. */
export const sealedSecrets = carriedPlugin("sealed-secrets", async () =>
  (await import("./store.ts")).createSealedSecretsStore(),
);
