import { KeyClient, type KeyVaultKey } from "@azure/keyvault-keys";
import type { AzureVersion } from "./objects.ts";
import { listedOf, versionOf } from "./replies.ts";
import { clientOptions, noCredential, runCall, type VaultNetwork } from "./sdk.ts";
import type { VaultKind } from "./vault-kind.ts";

/** Public halves of a vault's keys, by the SDK. */
export function createKeys(network: VaultNetwork): VaultKind {
  const client = new KeyClient(network.base, noCredential, clientOptions(network));
  return {
    read: (name, version) => runCall(network.signal, async () => versionIn(await client.getKey(name, { version }))),
    async *pages(name) {
      const pages = client.listPropertiesOfKeyVersions(name).byPage();
      for (;;) {
        const page = await runCall(network.signal, () => pages.next());
        if (page.done === true) return;
        yield page.value.map(listedOf);
      }
    },
  };
}

/** The SDK has read the numbers of the key into bytes; a JWK has them in base64url. */
function versionIn({ key, properties }: KeyVaultKey): AzureVersion {
  const entries = Object.entries(key ?? {}).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === "string") return [[name, value] as const];
    return value instanceof Uint8Array ? [[name, Buffer.from(value).toString("base64url")] as const] : [];
  });
  return { version: versionOf(properties), content: { type: "key", jwk: Object.fromEntries(entries) } };
}
