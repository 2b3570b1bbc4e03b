import { MountError } from "../model/error.ts";

/** How a namespace stands to the keys of this process, of whatever kind. */
export type KeyStanding = "no-keys" | "none-granted" | "granted";

/** Why a document is not opened for lack of a key: each cause its own sentence, since each is somebody else's to mend. */
export interface LackingKey {
  readonly standing: KeyStanding;
  readonly namespace: string;
  /** `for eyaml`, `that opens the document`. */
  readonly purpose: string;
  /** `of kind eyaml`, `of its recipients`. */
  readonly which: string;
}

/** MountError `key_not_granted` for a lack of keys. */
export function keyNotGranted({ standing, namespace, purpose, which }: LackingKey): MountError {
  const problem =
    standing === "no-keys"
      ? `this provider is configured without any key, so there is none ${purpose}; the operator must list one ${which} ` +
        `below keys of its configuration (--config FILE), with ${namespace} in its namespaces`
      : standing === "none-granted"
        ? `no key is granted to namespace ${namespace}, so there is none ${purpose}; the operator must add ${namespace} ` +
          `to keys[].namespaces of a key ${which}`
        : `no key ${purpose} is granted to namespace ${namespace}; the operator must add ${namespace} to ` +
          `keys[].namespaces of a key ${which}`;
  return new MountError("key_not_granted", problem);
}
