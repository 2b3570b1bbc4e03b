import { resolve, sep } from "node:path";
import { audienceOf, createAzureIdentity, type AzureIdentityWiring } from "../../identity/azure/azure.ts";
import { parseCloudFile, type AzureCloud, type AzureSettings } from "../../identity/azure/settings.ts";
import { MountError } from "../../model/error.ts";
import type { Found, FoundView, Outcome } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import { sessionKey, type Session } from "../../model/session.ts";
import type { Store } from "../../model/store.ts";
import { readRef, type ClientWiring } from "./client.ts";
import { contentParts } from "./content.ts";
import { azureEndpoints } from "./endpoints.ts";
import { VaultRefusal } from "./errors.ts";
import type { AzureRef, AzureVersion } from "./objects.ts";
import { parseParams, parseRef, type AzureParams } from "./language.ts";

export { createAzureDialect } from "./dialect.ts";

/** What the store is wired with. */
export type AzureWiring = AzureIdentityWiring;

/** What the store finds: besides what every store gives, the versions as they were answered, newest first. */
export interface AzureFound extends Found {
  readonly versions: readonly AzureVersion[];
  /** The same as the native language shows them; empty for the dialect. */
  readonly files: readonly Found[];
}

/** Whether what was found is this store's. */
export function isAzureFound(found: Found): found is AzureFound {
  return "versions" in found;
}

/** Secrets, keys and certificates of Azure Key Vault. */
export function createAzureStore(wiring: AzureWiring): Store<AzureParams, AzureRef> {
  const { send, outside, settings } = wiring;
  const client: ClientWiring = { send, outside, settings, identity: createAzureIdentity(wiring) };
  return {
    kind: "azure",
    params: parseParams,
    ref: parseRef,
    addresses: ({ vault, cloud }) => ["file" in cloud ? vault : `${vault}.${cloud.vaultSuffix}`],
    sessionKey: ({ vault, cloud, tenantId, login }, pod) =>
      sessionKey("azure", { vault, cloud: { ...cloud }, tenantId, login: { ...login } }, pod),
    refKey: (ref) => JSON.stringify(ref),
    views: viewsOf,
    audience: ({ login }) => (login.mode === "workload" || login.mode === "binding" ? audienceOf(login) : undefined),
    endpoints: (params) => Promise.resolve(azureEndpoints(params, settings)),
    fetch: (refs, session, signal) =>
      Promise.all(refs.map((ref) => fetchRef(ref, session, { client, wiring, signal }))),
  };
}

interface Fetching {
  readonly client: ClientWiring;
  readonly wiring: AzureWiring;
  readonly signal: AbortSignal;
}

async function fetchRef(
  ref: AzureRef,
  session: Session<AzureParams>,
  { client, wiring, signal }: Fetching,
): Promise<Outcome> {
  signal.throwIfAborted();
  const { vault, tenantId, login } = session.params;
  try {
    const cloud = await cloudOf(session.params.cloud, wiring);
    const target = { cloud, tenantId, login };
    const versions = await readRef(ref, { name: vault, target }, session, client, signal);
    return await foundOf(ref, versions, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof VaultRefusal) return { kind: "missing", problem: thrown.message };
    return { kind: "failed", error: MountError.from(thrown) };
  }
}

async function foundOf(ref: AzureRef, versions: readonly AzureVersion[], signal: AbortSignal): Promise<AzureFound> {
  const [first] = versions;
  if (first === undefined) throw new MountError("internal", "no version was read");
  const { form } = ref;
  if (form === undefined) {
    const value = Secret.fromText(JSON.stringify(versions));
    return { kind: "found", value, version: first.version, versions, files: [] };
  }
  const files = await Promise.all(versions.map((one) => nativeFile(one, form, signal)));
  const [newest] = files;
  if (newest === undefined) throw new MountError("internal", "no version was read");
  return { kind: "found", value: newest.value, version: first.version, versions, files };
}

/** As the native language shows a version: PEM, or the PFX itself; text as it is. */
async function nativeFile(
  { version, content }: AzureVersion,
  format: "pem" | "pfx",
  signal: AbortSignal,
): Promise<Found> {
  if (format === "pfx" && (content.type !== "secret" || content.contentType !== "application/x-pkcs12")) {
    throw new MountError(
      "object_unusable",
      "the object is no PFX; leave format out, or make the certificate one of PKCS#12",
    );
  }
  const encoding = format === "pfx" ? "base64" : "utf-8";
  const [part] = await contentParts(content, { format, encoding, chain: true, separate: false }, signal);
  if (part === undefined) throw new MountError("internal", "a version gave no content");
  return { kind: "found", value: new Secret(Uint8Array.from(part.bytes)), version };
}

/** The newest version as one file, or those of a history each as a file of its number below the object's path. */
function viewsOf(found: Found, { history }: AzureRef): readonly FoundView[] {
  if (history === undefined || !isAzureFound(found)) return [{ name: "", found }];
  return found.files.map((file, at) => ({ name: String(at), found: file }));
}

/** A file of the operator's folder says where tokens are sent, so no other may. */
async function cloudOf(
  cloud: AzureParams["cloud"],
  { settings, readFile }: { readonly settings: AzureSettings; readonly readFile: AzureWiring["readFile"] },
): Promise<AzureCloud> {
  if (!("file" in cloud)) return cloud;
  const path = cloud.file === "" ? settings.cloudFile : resolve(cloud.file);
  const allowed =
    cloud.file === "" || (settings.cloudFiles !== "" && path.startsWith(resolve(settings.cloudFiles) + sep));
  if (path === "" || !allowed) {
    const problem = path === "" ? "no file describes AzureStackCloud" : "the file of cloudEnvFileName may not be used";
    throw new MountError("not_configured", `${problem}; the operator sets the folder of such files, azure-cloud-files`);
  }
  const bytes = await readFile(path).catch(() => {
    throw new MountError("not_configured", `the cloud description ${path} cannot be read by the daemon`);
  });
  const parsed = parseCloudFile(Buffer.from(bytes).toString("utf8"));
  if (parsed !== undefined) return parsed;
  throw new MountError("not_configured", `${path} is no cloud description with https endpoints`);
}
