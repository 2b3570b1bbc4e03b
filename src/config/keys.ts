import type { KeySource } from "../model/key.ts";
import type { Reader } from "../text/yaml/reader.ts";
import { readAws, readAzure, readGcp, readTransit } from "./remote-keys.ts";

/** Settings of one kind of key besides those of all. */
type OwnSettings = Pick<
  KeySource,
  | "passphraseFile"
  | "vaultId"
  | "controllerNamespace"
  | "clusterWide"
  | "strictName"
  | "acceptUnauthenticated"
  | "remote"
  | "caFile"
>;

/** Every kind of key, with what reads its own settings. */
const kinds: Readonly<Record<string, (entry: Reader) => OwnSettings>> = {
  age: () => ({}),
  pgp: (entry) => defined({ passphraseFile: entry.text("passphraseFile") }),
  "sealed-secrets": (entry) =>
    defined({
      controllerNamespace: entry.text("controllerNamespace"),
      clusterWide: entry.boolean("clusterWide"),
      strictName: entry.oneOf("strictName", ["service-account"] as const),
    }),
  "ansible-vault": (entry) => defined({ vaultId: entry.text("vaultId") }),
  eyaml: (entry) => {
    const accepted = entry.boolean("acceptUnauthenticated");
    if (accepted !== true) {
      const fix = "write true to accept that whoever edits a document can change its values; better use another format";
      entry.refuse("acceptUnauthenticated", "eyaml does not protect values against changes", fix);
    }
    return defined({ acceptUnauthenticated: accepted });
  },
  s5: () => ({}),
  "vault-transit": readTransit,
  "aws-kms": readAws,
  "gcp-kms": readGcp,
  "azure-key": readAzure,
};

/** Kinds whose key is in a service: there `file` holds a credential, and the pod's identity may take its place. */
const remoteKinds = new Set(["vault-transit", "aws-kms", "gcp-kms", "azure-key"]);

/** One entry of `keys` without its name and namespaces: kind, file and the kind's own settings. */
export function readKeySettings(entry: Reader): Omit<KeySource, "name" | "namespaces"> {
  const known = Object.keys(kinds);
  const kind = entry.oneOf("kind", known);
  if (!entry.has("kind")) entry.requiredText("kind", `write one of: ${known.join(", ")}`);
  const elsewhere = kind === "sealed-secrets" && entry.has("controllerNamespace");
  if (elsewhere && entry.has("file")) entry.refuse("file", "controllerNamespace is there too", "keep one of them");
  const file =
    elsewhere || remoteKinds.has(kind ?? "")
      ? (entry.text("file") ?? "")
      : entry.requiredText("file", "name the file that holds the private key");
  return { kind: kind ?? "", file, ...(kind === undefined ? {} : kinds[kind]?.(entry)) };
}

/** The same without what is undefined. */
function defined<T extends object>(settings: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
