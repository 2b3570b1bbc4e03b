import type { StorePlugin } from "../plugin.ts";

/** The plug-in of Google Secret Manager and Parameter Manager. */
export const gcp: StorePlugin = {
  kind: "gcp",
  providers: ["gcp"],
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
  load: async () => {
    const [{ createGcpStore }, { createGcpDialect }, { gcpSettings }] = await Promise.all([
      import("./store.ts"),
      import("./dialect.ts"),
      import("./settings.ts"),
    ]);
    return ({ setting, env }) => {
      const settings = gcpSettings(setting, env);
      const store = createGcpStore(settings);
      return { store, dialects: [createGcpDialect(store, settings)] };
    };
  },
};
