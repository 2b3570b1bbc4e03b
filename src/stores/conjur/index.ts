import { versionKeyRights } from "../../kube/version-key-rights.ts";
import type { StorePlugin } from "../plugin.ts";
import { conjurSettingList } from "./settings.ts";

/** The plug-in of Conjur. */
export const conjur: StorePlugin = {
  kind: "conjur",
  providers: ["conjur"],
  settings: conjurSettingList,
  permissions: [
    {
      verb: "get",
      resource: "pods",
      ownNamespace: false,
      nameSetting: undefined,
      purpose: "the annotation conjur.org/secrets of pods",
      without: "Mounts of provider conjur use the list of the SecretProviderClass, and fail where it has none",
      value: "rbac.pods",
      required: false,
    },
    ...versionKeyRights("versions of Conjur variables differ between nodes, and after a restart"),
  ],
  work: [],
  load: async () => {
    const [{ createConjurStore }, { createConjurDialect }, { conjurSettings }] = await Promise.all([
      import("./store.ts"),
      import("./dialect.ts"),
      import("./settings.ts"),
    ]);
    return (values) => {
      const settings = conjurSettings(values);
      const store = createConjurStore(settings);
      return { store, dialects: [createConjurDialect(store, settings)] };
    };
  },
};
