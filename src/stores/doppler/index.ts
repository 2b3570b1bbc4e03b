import { versionKeyRights } from "../../kube/version-key-rights.ts";
import type { StorePlugin } from "../plugin.ts";
import { dopplerSettingList } from "./settings.ts";

/** The plug-in of Doppler. */
export const doppler: StorePlugin = {
  kind: "doppler",
  providers: ["doppler"],
  settings: dopplerSettingList,
  permissions: versionKeyRights("versions of Doppler secrets differ between nodes, and after a restart"),
  work: [],
  load: async () => {
    const [{ createDopplerStore }, { createDopplerDialect }, { dopplerSettings }] = await Promise.all([
      import("./store.ts"),
      import("./dialect.ts"),
      import("./settings.ts"),
    ]);
    return (values) => {
      const settings = dopplerSettings(values);
      const store = createDopplerStore(settings);
      return { store, dialects: [createDopplerDialect(store, settings)] };
    };
  },
};
