import { setting, type Setting } from "../model/setting.ts";
import { pathRule, patternRule, textRule } from "../text/rules.ts";

/** Of the Vault provider, and of stores that have no official one. */
export const standardSecret = "vault-csi-provider-hmac-key";

/** Path of a kubeconfig; empty for the pod's own service account. */
export const kubeconfigSetting: Setting<string> = setting(
  {
    flag: "kubeconfig",
    value: "FILE",
    help: "access to the Kubernetes API for what needs it (default: the pod's own service account)",
  },
  pathRule,
  "",
);

/** The node that Events name; empty where it is not known. */
export const nodeNameSetting: Setting<string> = setting(
  { flag: "node-name", value: "NAME", help: "name of the node, which Events about pods carry as their source" },
  textRule,
  "",
);

/** The Secret with the key of object versions; empty for none. */
export const hmacSecretNameSetting: Setting<string> = setting(
  {
    flag: "hmac-secret-name",
    value: "NAME",
    help: `Secret in the daemon's namespace with the key of object versions, for all providers; created if missing (default: each provider's own, ${standardSecret} unless it is OpenBao's)`,
  },
  patternRule(/^(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/u, "write the name of a Secret, in lower case"),
  standardSecret,
);
