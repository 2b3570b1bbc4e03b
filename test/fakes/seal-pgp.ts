import { createMessage, encrypt, readKey } from "openpgp";
import { readVector } from "../vectors/vectors.ts";

/** A binary OpenPGP message for the key `pgp-curve`; `more` are further options of the library. */
export async function sealPgp(binary: Uint8Array, more: object = {}): Promise<Uint8Array> {
  const encryptionKeys: unknown = await readKey({ armoredKey: readVector("keys/pgp-curve-public.asc") });
  const message: unknown = await createMessage({ binary });
  const sealed: unknown = await encrypt({ message, encryptionKeys, format: "binary", ...more } as never);
  return sealed as Uint8Array;
}
