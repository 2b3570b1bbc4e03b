import { unwrapAes } from "./unwrap-aes.ts";
import { startVault, vaultData, vaultJson, type FakeVault } from "./vault.ts";

interface Item {
  readonly ciphertext?: string;
}

/** A Vault whose transit engine holds the key `transit-aes256` under these names; its root token is `root`. */
export async function startTransit(...names: readonly string[]): Promise<FakeVault> {
  const vault = await startVault();
  vault.tokens.add("root");
  for (const name of names) {
    vault.routes.set(`POST /v1/transit/decrypt/${name}`, (asked) => {
      const body = JSON.parse(asked.body) as Item & { readonly batch_input?: readonly Item[] };
      if (body.batch_input === undefined) {
        const one = openItem(body);
        return "error" in one ? vaultJson({ errors: [one.error] }, 400) : vaultData(one);
      }
      const results = body.batch_input.map(openItem);
      const failed = results.some((one) => "error" in one);
      return { ...vaultData({ batch_results: results }), status: failed ? 400 : 200 };
    });
  }
  return vault;
}

function openItem({ ciphertext = "" }: Item): { readonly plaintext: string } | { readonly error: string } {
  const blob = Buffer.from(ciphertext.replace(/^vault:v\d+:/, ""), "base64");
  const plaintext = unwrapAes(blob);
  return plaintext === undefined ? { error: "invalid ciphertext" } : { plaintext: plaintext.toString("base64") };
}
