import { CertificateClient, type KeyVaultCertificate } from "@azure/keyvault-certificates";
import type { AzureVersion } from "./objects.ts";
import { listedOf, versionOf } from "./replies.ts";
import { clientOptions, noCredential, notKeyVaults, runCall, type VaultNetwork } from "./sdk.ts";
import type { VaultKind } from "./vault-kind.ts";

/** Certificates of a vault, by the SDK. */
export function createCertificates(network: VaultNetwork): VaultKind {
  const client = new CertificateClient(network.base, noCredential, clientOptions(network));
  const ask = (name: string, version: string) =>
    version === "" ? client.getCertificate(name) : client.getCertificateVersion(name, version);
  return {
    read: (name, version) => runCall(network.signal, async () => versionIn(await ask(name, version))),
    async *pages(name) {
      const pages = client.listPropertiesOfCertificateVersions(name).byPage();
      for (;;) {
        const page = await runCall(network.signal, () => pages.next());
        if (page.done === true) return;
        yield page.value.map(listedOf);
      }
    },
  };
}

/** The SDK has read the certificate into bytes. */
function versionIn({ cer, properties }: KeyVaultCertificate): AzureVersion {
  const bytes: unknown = cer;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) throw notKeyVaults();
  return { version: versionOf(properties), content: { type: "cert", cer: Buffer.from(bytes).toString("base64") } };
}
