import { MountError } from "../model/error.ts";
import { defaultFileMode, parseFileMode, type FileMode } from "../model/file.ts";
import type { Parameters, Pod, PublishSecrets, Token, Tokens, Volume } from "../model/pod.ts";
import type { MountRequest } from "../model/request.ts";
import { Secret } from "../model/secret.ts";

/** What a request says, parsed: who asks, and what for. */
export interface Admitted {
  readonly pod: Pod;
  readonly volume: Volume;
  /** Empty when the caller did not name one, as drivers before 1.6 do at rotation. */
  readonly secretProviderClass: string;
  readonly parameters: Parameters;
  readonly tokens: Tokens;
  readonly secrets: PublishSecrets;
  readonly defaultMode: FileMode;
}

const kubeletPrefix = "csi.storage.k8s.io/";
const tokensKey = "csi.storage.k8s.io/serviceAccount.tokens";
/** Attributes that speak to the driver, not to a provider. */
const driverKeys: ReadonlySet<string> = new Set(["secretProviderClass", "providerName"]);
/** Where kubelet has a driver mount a volume of a pod, below its own root (kubernetes, pkg/volume/csi/csi_mounter.go). */
const kubeletTarget = /\/pods\/([^/]+)\/volumes\/kubernetes\.io~csi\/[^/]+\/mount$/u;

/**
 * Parses what the driver sent (nodeserver.go, NodePublishVolume). Volume attributes have already been laid over the
 * SecretProviderClass's parameters. Throws `malformed_request`, `identity_missing` or `identity_malformed`; no message
 * holds any of the input.
 */
export function admit(request: MountRequest): Admitted {
  const attributes = parseTexts(request.attributes, "attributes");
  const given = isNothing(request.secrets) ? new Map<string, string>() : parseTexts(request.secrets, "secrets");
  if (request.targetPath === "") {
    throw new MountError("malformed_request", "the request is malformed: it has no target path");
  }
  const pod = readPod(attributes, request.targetPath);
  // Kubelet hands tokens over as CSI secrets where the CSIDriver says so, and then they are not the user's to set.
  const tokens = readTokens(given.get(tokensKey) ?? attributes.get(tokensKey));
  given.delete(tokensKey);
  return {
    pod,
    volume: { podUid: pod.uid, targetPath: request.targetPath },
    secretProviderClass: attributes.get("secretProviderClass") ?? "",
    parameters: new Map([...attributes].filter(([name]) => !name.startsWith(kubeletPrefix) && !driverKeys.has(name))),
    tokens,
    secrets: new Map([...given].map(([name, value]) => [name, Secret.fromText(value)])),
    defaultMode: readMode(request.permission),
  };
}

/** The driver sends `null` without a nodePublishSecretRef, older ones an empty text. */
function isNothing(secrets: string): boolean {
  return ["", "null"].includes(secrets.trim());
}

function parseTexts(json: string, name: string): Map<string, string> {
  const value = parseJson(json);
  if (!isRecord(value)) {
    throw new MountError("malformed_request", `${name} of the request are malformed: expected a JSON object of texts`);
  }
  const texts = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      throw new MountError("malformed_request", `${name} of the request are malformed: a value is not a text`);
    }
    texts.set(key, text);
  }
  return texts;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The uid counts only where kubelet has made a folder for it: the sync controller names its own pod, in the namespace of
 * its SecretSync, where there is no such pod.
 */
function readPod(attributes: ReadonlyMap<string, string>, targetPath: string): Pod {
  const text = (name: string) => attributes.get(`${kubeletPrefix}${name}`) ?? "";
  const uid = text("pod.uid");
  const pod = {
    name: text("pod.name"),
    namespace: text("pod.namespace"),
    uid: kubeletTarget.exec(targetPath)?.[1] === uid ? uid : "",
    serviceAccount: text("serviceAccount.name"),
  };
  if (pod.namespace !== "") return pod;
  throw new MountError(
    "identity_missing",
    `the request does not say which pod it is for (${kubeletPrefix}pod.namespace is missing); ` +
      "set podInfoOnMount: true in the CSIDriver object",
  );
}

function readTokens(json: string | undefined): Tokens {
  if (json === undefined || json === "") return new Map();
  const value = parseJson(json);
  if (!isRecord(value)) {
    throw new MountError("identity_malformed", "the pod's service-account tokens are not a JSON object by audience");
  }
  return new Map(Object.entries(value).map(([audience, entry]) => [audience, readToken(audience, entry)]));
}

function readToken(audience: string, entry: unknown): Token {
  const { token, expirationTimestamp } = isRecord(entry) ? entry : {};
  if (typeof token !== "string" || token === "") {
    throw new MountError(
      "identity_malformed",
      `the pod's service-account token for audience ${JSON.stringify(audience)} has no token in it`,
    );
  }
  const expiresAt = typeof expirationTimestamp === "string" ? Date.parse(expirationTimestamp) : NaN;
  return { token: Secret.fromText(token), expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt };
}

/** Every known driver sends 420. Never 0, which would make files that nobody but root can read. */
function readMode(permission: string): FileMode {
  if (permission.trim() === "") return defaultFileMode;
  const mode = /^\d{1,4}$/.test(permission.trim()) ? parseFileMode(Number(permission)) : undefined;
  if (mode === undefined || mode === 0) {
    throw new MountError("malformed_request", "permission of the request is not a file mode from 1 to 511");
  }
  return mode;
}
