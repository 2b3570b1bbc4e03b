import type { StorePlugin } from "../plugin.ts";
import { gcpSettings, settings } from "./settings.ts";

/** The plug-in of Google Secret Manager and Parameter Manager. */
export const gcp: StorePlugin = {
  kind: "gcp",
  // The second is what manifests of GKE's managed add-on say.
  providers: ["gcp", "gke"],
  settings,
  permissions: [
    {
      verb: "get",
      resource: "serviceaccounts",
      ownNamespace: false,
      nameSetting: undefined,
      purpose: "the identity of pods at Google Cloud",
      without: "Mounts with the pod's identity fail unless the store names a serviceAccount",
      value: "rbac.serviceAccounts",
      // Asked for before each login at Google, whether there is an annotation or not.
      required: true,
    },
  ],
  work: [],
  load: async () => {
    const [{ createGcpStore }, { createGcpDialect, createGkeDialect }] = await Promise.all([
      import("./store.ts"),
      import("./dialect.ts"),
    ]);
    return (values) => {
      const own = gcpSettings(values);
      const store = createGcpStore(own);
      return { store, dialects: [createGcpDialect(store, own), createGkeDialect(store, own)] };
    };
  },
};
