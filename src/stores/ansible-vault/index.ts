import { carriedPlugin } from "../plugin.ts";

/** The plug-in of stores of kind `ansible-vault`. */
export const ansibleVault = carriedPlugin("ansible-vault", async () =>
  (await import("./store.ts")).createAnsibleVaultStore(),
);
