import { createHash } from "node:crypto";
import { getCACertificates } from "node:tls";
import type { Secret } from "../model/secret.ts";

/** How a server is verified, and who we are to it. Everything is content, not paths. */
export interface TlsSettings {
  /** PEM certificates that are trusted instead of the system's. */
  readonly ca?: string | undefined;
  /** Whether `ca` is trusted beside the system's instead of in their place. */
  readonly addsCa?: boolean | undefined;
  /** PEM certificate chain and key of a client. */
  readonly client?: { readonly certificate: string; readonly key: Secret } | undefined;
  /** Name that the server's certificate must bear, and that is asked for; the URL's host if left out. */
  readonly serverName?: string | undefined;
  /** Takes any certificate. Only ever from an explicit setting of that meaning. */
  readonly insecure?: boolean | undefined;
}

/** What connections may be shared by: a digest, since a client's key is part of it. */
export function tlsKey(tls: TlsSettings | undefined): string {
  if (tls === undefined) return "";
  const hash = createHash("sha256");
  const { ca = "", addsCa = false, client, serverName = "", insecure = false } = tls;
  for (const part of [ca, client?.certificate ?? "", serverName, String(insecure), String(addsCa)]) {
    hash.update(`${part.length}:`).update(part);
  }
  if (client !== undefined) hash.update(client.key.reveal());
  return hash.digest("base64url");
}

/** The same as options of Node's `tls.connect`. */
export function tlsOptions(tls: TlsSettings | undefined) {
  const { ca, addsCa = false, client, serverName, insecure = false } = tls ?? {};
  return {
    minVersion: "TLSv1.2",
    rejectUnauthorized: !insecure,
    // Any certificate that is named is trusted, be it an intermediate one or the server's own, as Go's programs have it.
    ...(ca === undefined ? {} : { ca: addsCa ? [...systemRoots(), ca] : ca, allowPartialTrustChain: true }),
    ...(client === undefined ? {} : { cert: client.certificate, key: client.key.revealText() }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  } as const;
}

/** What is trusted where no CA is named: Node's own roots, and those of SSL_CERT_FILE or NODE_EXTRA_CA_CERTS. */
function systemRoots(): readonly string[] {
  return getCACertificates("default");
}
