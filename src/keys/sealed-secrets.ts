import type { KeySource } from "../model/key.ts";
import { createGrantedKeys, type GrantedKeys } from "./grants.ts";
import type { KeyFile } from "./material/file.ts";
import { createKeyFolder, type KeyText } from "./material/folder.ts";
import { createKeySecrets } from "./material/secrets.ts";
import { defined, optionalPath, requiredFile } from "./own-settings.ts";
import { inFiles, type KeyDeps, type KeyPlugin } from "./plugin.ts";
import type { RsaKey } from "./rsa.ts";
import { maxBits, parseRsaKeys } from "./rsa-keys.ts";
import { createTurns } from "./turns.ts";

/** RSA keys of the Sealed Secrets controller. */
export interface SealedSecretsKeys extends KeySource {
  readonly kind: "sealed-secrets";
  /** Namespace of the controller whose own key Secrets are read; `file` is empty then. */
  readonly controllerNamespace?: string;
  /** Whether cluster-wide values are opened too, which no namespace binds. */
  readonly clusterWide?: boolean;
  /** Strict values open only if they were sealed for the name of the pod's service account. */
  readonly strictName?: "service-account";
}

/** The plug-in of keys of kind `sealed-secrets`. */
export const sealedSecrets: KeyPlugin<SealedSecretsKeys, GrantedKeys<RsaKey, SealedSecretsKeys>> = {
  ...inFiles,
  kind: "sealed-secrets",
  opens: undefined,
  read: (fields, pathOf) => {
    const elsewhere = fields.has("controllerNamespace");
    if (elsewhere && fields.has("file")) {
      fields.refuse("file", "controllerNamespace is there too", "keep one of them");
    }
    return {
      kind: "sealed-secrets",
      file: elsewhere ? (optionalPath(fields, "file", pathOf) ?? "") : requiredFile(fields, pathOf),
      ...defined({
        controllerNamespace: fields.text("controllerNamespace"),
        clusterWide: fields.boolean("clusterWide"),
        strictName: fields.oneOf("strictName", ["service-account"] as const),
      }),
    };
  },
  rights: ({ controllerNamespace: namespace }) =>
    namespace === undefined
      ? []
      : [
          {
            verb: "list",
            resource: "secrets",
            namespace,
            without: "its SealedSecrets cannot be opened",
            value: `rbac.sealedSecretsNamespace=${namespace}`,
          },
        ],
  inspect: async (source, skipped) => {
    const reading = { turns: createTurns(1), maxBits: maxBits["sealed-secrets"], skipped };
    return (await createKeyFolder(source, (texts) => parseRsaKeys(texts, reading)).read()).length;
  },
  open: (sources, deps) => ({
    service: undefined,
    given: createGrantedKeys(sources.map((source) => rsaFile(source, deps))),
  }),
};

function rsaFile(
  source: SealedSecretsKeys,
  { network, turns, skipped }: KeyDeps,
): KeyFile<readonly RsaKey[], SealedSecretsKeys> {
  const reading = { turns, maxBits: maxBits["sealed-secrets"], skipped: (what: string) => skipped(source, what) };
  const parse = (texts: readonly KeyText[]) => parseRsaKeys(texts, reading);
  const { controllerNamespace: namespace } = source;
  if (namespace === undefined) return createKeyFolder(source, parse);
  const { outside, listSecrets } = network;
  return createKeySecrets(source, { namespace, outside, listSecrets }, parse);
}
