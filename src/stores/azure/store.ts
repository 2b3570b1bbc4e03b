import { resolve, sep } from "node:path";
import { audienceOf, createAzureIdentity, type AzureIdentityWiring } from "../../identity/azure/azure.ts";
import { parseCloudFile, type AzureCloud, type AzureSettings } from "../../identity/azure/settings.ts";
import type { Clock } from "../../model/clock.ts";
import type { Compute } from "../../model/compute.ts";
import { MountError } from "../../model/error.ts";
import type { Found, FoundPart, Outcome } from "../../model/outcome.ts";
import { readOf, type ObjectRead } from "../../model/read.ts";
import { Secret } from "../../model/secret.ts";
import type { LoginObserver } from "../../model/login.ts";
import type { Session } from "../../model/session.ts";
import { connectionOf, type StoreDescription, type StoreKind, standardRetries } from "../../model/store.ts";
import { listSecrets, readRef, type ClientWiring } from "./client.ts";
import { contentParts, type Converter } from "./content.ts";
import { azureEndpoints } from "./endpoints.ts";
import { VaultRefusal } from "./errors.ts";
import type { AzureRef, AzureVersion } from "./objects.ts";
import { parseParams, parseRef, type AzureParams } from "./language.ts";

/** What a connection is made with. */
export interface AzureDeps extends Pick<AzureIdentityWiring, "send" | "readFile"> {
  readonly clock: Clock;
  readonly compute: Compute;
  readonly onLogin: LoginObserver;
}

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
export function createAzureStore(settings: AzureSettings): StoreKind<AzureParams, AzureRef, AzureDeps> {
  return {
    kind: "azure",
    language: {
      params: parseParams,
      object: (fields, object) => azureRead(parseRef(fields, object)),
      criteria: ["prefix", "tags"],
    },
    describe: (params) => describe(params, settings),
    connect: ({ clock, compute, onLogin, ...deps }) => {
      const wiring = { ...deps, outside: clock, loggedIn: onLogin, settings };
      const { send, outside } = wiring;
      const client: ClientWiring = { send, outside, settings, identity: createAzureIdentity(wiring) };
      return connectionOf({
        fetch: (refs, session, signal) =>
          Promise.all(refs.map((ref) => fetchRef(ref, session, { client, wiring, compute, signal }))),
        list: async (_, session, signal) => {
          const { vault, tenantId, login } = session.params;
          const target = { cloud: await cloudOf(session.params.cloud, wiring), tenantId, login };
          const listed = await listSecrets({ name: vault, target }, session, client, signal);
          return listed.map(({ name, tags }) => ({ name, tags, read: azureRead(secretNamed(name)), certain: true }));
        },
      });
    },
  };
}

/** A secret as an object that names nothing but it. */
function secretNamed(name: string): AzureRef {
  return { type: "secret", name, version: "", history: undefined, form: "pem" };
}

/** How an object of a vault is read, by the store's own language or by the dialect. */
export function azureRead(ref: AzureRef): ObjectRead<AzureRef> {
  return readOf(ref, JSON.stringify(ref), { named: ref.history !== undefined, parts: (found) => partsOf(found, ref) });
}

function describe(params: AzureParams, settings: AzureSettings): StoreDescription {
  const { vault, cloud, tenantId, login } = params;
  const federated = login.mode === "workload" || login.mode === "binding";
  return {
    addresses: ["file" in cloud ? vault : `${vault}.${cloud.vaultSuffix}`],
    audience: federated ? { name: audienceOf(login), required: true, byApi: "no" } : undefined,
    identity: { vault, cloud: { ...cloud }, tenantId, login: { ...login } },
    quota: vault.toLowerCase(),
    proof: "service-account",
    chosenBy: settings.endpoints.vault === "" ? "manifest" : "operator",
    // The file of a cloud is read in the folder of --azure-cloud-files only.
    files: [],
    retries: standardRetries,
    sessionPer: "service-account",
    endpoints: azureEndpoints(params, settings),
  };
}

interface Fetching {
  readonly client: ClientWiring;
  readonly wiring: CloudFiles;
  readonly compute: Compute;
  readonly signal: AbortSignal;
}

async function fetchRef(
  ref: AzureRef,
  session: Session<AzureParams>,
  { client, wiring, compute, signal }: Fetching,
): Promise<Outcome> {
  signal.throwIfAborted();
  const { vault, tenantId, login } = session.params;
  try {
    const cloud = await cloudOf(session.params.cloud, wiring);
    const target = { cloud, tenantId, login };
    const versions = await readRef(ref, { name: vault, target }, session, client, signal);
    const turn = { tenant: session.pod.namespace, signal };
    return await foundOf(ref, versions, { signal, run: (job, input) => compute.run(job, input, turn) });
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof VaultRefusal) return { kind: "missing", problem: thrown.message };
    return { kind: "failed", error: MountError.from(thrown) };
  }
}

async function foundOf(ref: AzureRef, versions: readonly AzureVersion[], converter: Converter): Promise<AzureFound> {
  const [first] = versions;
  if (first === undefined) throw new MountError("internal", "no version was read");
  const { form } = ref;
  if (form === undefined) {
    const value = Secret.fromText(JSON.stringify(versions));
    return { kind: "found", value, version: first.version, versions, files: [] };
  }
  const files = await Promise.all(versions.map((one) => nativeFile(one, form, converter)));
  const [newest] = files;
  if (newest === undefined) throw new MountError("internal", "no version was read");
  return { kind: "found", value: newest.value, version: first.version, versions, files };
}

/** As the native language shows a version: PEM, or the PFX itself; text as it is. */
async function nativeFile(
  { version, content }: AzureVersion,
  format: "pem" | "pfx",
  converter: Converter,
): Promise<Found> {
  if (format === "pfx" && (content.type !== "secret" || content.contentType !== "application/x-pkcs12")) {
    throw new MountError(
      "object_unusable",
      "the object is no PFX; leave format out, or make the certificate one of PKCS#12",
    );
  }
  const encoding = format === "pfx" ? "base64" : "utf-8";
  const [part] = await contentParts(content, { format, encoding, chain: true, separate: false }, converter);
  if (part === undefined) throw new MountError("internal", "a version gave no content");
  return { kind: "found", value: new Secret(Uint8Array.from(part.bytes)), version };
}

/** The newest version as one file, or those of a history each as a file of its number below the object's path. */
function partsOf(found: Found, { history }: AzureRef): readonly FoundPart[] {
  if (history === undefined || !isAzureFound(found)) return [{ name: "", found }];
  return found.files.map((file, at) => ({ name: String(at), found: file }));
}

/** What files that describe a cloud are read with. */
interface CloudFiles {
  readonly settings: AzureSettings;
  readonly readFile: AzureDeps["readFile"];
}

/** A file of the operator's folder says where tokens are sent, so no other may. */
async function cloudOf(cloud: AzureParams["cloud"], { settings, readFile }: CloudFiles): Promise<AzureCloud> {
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
