import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createKeyring } from "../../src/keys/keyring.ts";
import { isGranted } from "../../src/model/grant.ts";
import type { AnyKeySource } from "../../src/keys/kinds.ts";
import { unwrapAes } from "../fakes/unwrap-aes.ts";
import { ask } from "../unit/stores/sops/asking.ts";
import { keySources, readVector, vectorPath } from "../unit/stores/sops/vectors.ts";

const outside = { now: () => 0, monotonic: () => 0, random: () => 0, sleep: () => Promise.resolve() };
const tokenFile = vectorPath("keys/pgp-locked-passphrase.txt");

/** A key of each kind, in the order of the grants. */
const sources: readonly AnyKeySource[] = [
  ...keySources("age-1.txt", "pgp-rsa-secret.asc"),
  {
    name: "v",
    kind: "vault-transit",
    file: tokenFile, namespaces: [],
    address: "https://vault.example:8200", mounts: ["transit"], keys: ["sops"], vaultNamespace: "", login: undefined,
  },
]; // prettier-ignore

const documents = ["yaml-types", "yaml-pgp-rsa-gnupg", "yaml-hc-vault"] as const;

test("no document opens, and no service is asked, for a namespace without the grant", async () => {
  let asked = 0;
  const send = ({ body = "" }: { readonly body?: string | Uint8Array | undefined }) => {
    asked += 1;
    const { ciphertext } = JSON.parse(String(body)) as { readonly ciphertext: string };
    const plaintext = unwrapAes(Buffer.from(ciphertext.slice("vault:v1:".length), "base64"))?.toString("base64");
    return Promise.resolve({ status: 200, headers: {}, body: Buffer.from(JSON.stringify({ data: { plaintext } })) });
  };
  const patterns = fc.array(fc.constantFrom("team-a", "team-b", "team-*", "*-b", "shop"), { maxLength: 3 });
  const namespaces = fc.constantFrom("team-a", "team-b", "team", "shop", "a");
  await fc.assert(
    fc.asyncProperty(fc.array(patterns, { minLength: 3, maxLength: 3 }), namespaces, async (grants, namespace) => {
      asked = 0;
      const granted = sources.map((source, at) => ({ ...source, namespaces: grants[at] ?? [] }));
      const keyring = createKeyring(granted, undefined, { send, outside });
      const may = grants.map((one) => isGranted(one, namespace));
      for (const [at, name] of documents.entries()) {
        const { kind } = await ask({ text: readVector(`sops/${name}.enc.yaml`), keyring, namespace });
        expect([name, kind]).toEqual([name, may[at] === true ? "found" : "failed"]);
      }
      const mixed = await ask({ text: readVector("sops/yaml-mixed-group.enc.yaml"), keyring, namespace });
      expect(mixed.kind).toBe(may.includes(true) ? "found" : "failed");
      const local = may[0] === true || may[1] === true;
      expect(asked).toBe(may[2] === true ? (local ? 1 : 2) : 0);
    }),
    { numRuns: 60 },
  );
});
