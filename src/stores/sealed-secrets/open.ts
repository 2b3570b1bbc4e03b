import type { Granted } from "../../keys/grants.ts";
import { openEach } from "../../keys/open-each.ts";
import type { SealedSecretsKeys } from "../../keys/sealed-secrets.ts";
import type { RsaKey } from "../../keys/rsa.ts";
import { MountError } from "../../model/error.ts";
import type { Pod } from "../../model/pod.ts";
import { shownName } from "../../text/shown-name.ts";
import type { SealedRef } from "./language.ts";
import type { Unsealer } from "./unseal.ts";
import { keyNotGranted } from "../../keys/not-granted.ts";
import type { Keyring } from "../../keys/contract.ts";

/** Most items that a message names. */
const mostNamed = 10;

/**
 * The plaintext of every item, by name. The label of each is made of the pod's namespace, never of one that the
 * document names. Throws MountError; one message for whatever keeps an item from opening.
 */
export async function openItems(
  ref: SealedRef,
  pod: Pod,
  keyring: Keyring,
  unsealer: Unsealer,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Buffer>> {
  const { namespace } = pod;
  if (ref.namespace !== undefined && ref.namespace !== namespace) {
    throw new MountError(
      "document_rejected",
      `the SealedSecret is for namespace ${shownName(ref.namespace)} and the pod is in ${namespace}; ` +
        `seal the values again for ${namespace}`,
    );
  }
  const granted = await keyring.given("sealed-secrets").of(namespace);
  if (granted.sources === 0) {
    const which = "of kind sealed-secrets";
    throw keyNotGranted({ standing: keyring.standing(namespace), namespace, purpose: "for sealed secrets", which });
  }
  const keys = usableKeys(granted, ref, pod);
  const open = ([, sealed]: readonly [string, string]) => unsealer.open(sealed, labelOf(ref, namespace), keys, signal);
  // The first alone finds the key that most likely opens the others too.
  const [first, ...rest] = ref.items;
  const tried = await openEach(first === undefined ? [] : [first], open, signal);
  const others = await openEach(rest, open, signal);
  const opened = new Map([...tried.opened, ...others.opened].map(([[name], plaintext]) => [name, plaintext]));
  const failed = [...tried.failed, ...others.failed].map(([name]) => name);
  if (failed.length === 0) return opened;
  for (const plaintext of opened.values()) plaintext.fill(0);
  throw granted.unavailable ?? refusal(ref, failed, namespace);
}

function usableKeys(
  granted: Granted<RsaKey, SealedSecretsKeys>,
  ref: SealedRef,
  { namespace, serviceAccount }: Pod,
): readonly RsaKey[] {
  const allowed = granted.keys.filter(({ source }) => {
    if (ref.scope === "cluster-wide") return source.clusterWide === true;
    return ref.scope !== "strict" || source.strictName === undefined || ref.name === serviceAccount;
  });
  if (allowed.length > 0) return allowed.map(({ key }) => key).sort((a, b) => b.notBefore - a.notBefore);
  if (granted.unavailable !== undefined) throw granted.unavailable;
  throw new MountError(
    "not_permitted",
    ref.scope === "cluster-wide"
      ? `cluster-wide values are not opened for namespace ${namespace}; seal them for the namespace, ` +
          "or ask the operator to set clusterWide on a key that is granted to it"
      : `strict values are opened here only if they were sealed for the name of the pod's service account, ` +
          `${shownName(serviceAccount)}; seal them for that name`,
  );
}

/** Source: sealed-secrets, EncryptionLabel. */
function labelOf({ scope, name }: SealedRef, namespace: string): string {
  if (scope === "cluster-wide") return "";
  return scope === "namespace-wide" ? namespace : `${namespace}/${name}`;
}

function refusal({ scope, name }: SealedRef, failed: readonly string[], namespace: string): MountError {
  const named = failed.filter((one) => one !== "").map((one) => shownName(one));
  const more = named.length > mostNamed ? " and more" : "";
  const items = named.length === 0 ? "the value" : `item ${named.slice(0, mostNamed).join(", ")}${more}`;
  const bound = scope === "strict" ? `strict for name ${shownName(name)}` : scope;
  return new MountError(
    "document_rejected",
    `${items} cannot be opened as ${bound} with the keys granted to namespace ${namespace}: sealed with another key ` +
      "or for another namespace, name or scope, or changed since",
  );
}
