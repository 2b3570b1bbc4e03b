import { SecretClient, type KeyVaultSecret } from "@azure/keyvault-secrets";
import type { AzureVersion } from "./objects.ts";
import { listedOf, listedSecretOf, textOf, versionOf } from "./replies.ts";
import { clientOptions, noCredential, runCall, type VaultNetwork } from "./sdk.ts";
import type { VaultSecrets } from "./vault-kind.ts";

/** Secrets of a vault, by the SDK. */
export function createSecrets(network: VaultNetwork): VaultSecrets {
  const client = new SecretClient(network.base, noCredential, clientOptions(network));
  return {
    read: (name, version) => runCall(network.signal, async () => versionIn(await client.getSecret(name, { version }))),
    async *list() {
      const pages = client.listPropertiesOfSecrets().byPage();
      for (;;) {
        const page = await runCall(network.signal, () => pages.next());
        if (page.done === true) return;
        yield page.value.map(listedSecretOf);
      }
    },
    async *pages(name) {
      const pages = client.listPropertiesOfSecretVersions(name).byPage();
      for (;;) {
        const page = await runCall(network.signal, () => pages.next());
        if (page.done === true) return;
        yield page.value.map(listedOf);
      }
    },
  };
}

/** The SDK passes on whatever the vault sent. */
interface SdkSecret {
  readonly contentType?: unknown;
  readonly certificateKeyId?: unknown;
}

function versionIn({ value, properties }: KeyVaultSecret): AzureVersion {
  const { contentType, certificateKeyId: kid }: SdkSecret = properties;
  return {
    version: versionOf(properties),
    content: {
      type: "secret",
      value: textOf(value),
      contentType: typeof contentType === "string" ? contentType : undefined,
      certificate: typeof kid === "string" && kid !== "",
    },
  };
}
