import { MountError } from "../model/error.ts";
import { parseForeignMode, type FileMode } from "../model/file.ts";
import type { Dialect, PermissionForm } from "../model/dialect.ts";
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
  /** Whether kubelet gave tokens, and none of them can be used. */
  readonly tokensWithheld: boolean;
  readonly secrets: PublishSecrets;
  readonly defaultMode: FileMode;
}

/** What a dialect says of how the official provider reads a request. */
type RequestForm = Pick<Dialect, "permission" | "malformedTokens">;
type Malformed = "identity_malformed" | "identity_refused";

const kubeletPrefix = "csi.storage.k8s.io/";
const tokensKey = "csi.storage.k8s.io/serviceAccount.tokens";
/** Attributes that speak to the driver, not to a provider. */
const driverKeys: ReadonlySet<string> = new Set(["secretProviderClass", "providerName"]);
/** Where kubelet has a driver mount a volume of a pod, below its own root (kubernetes, pkg/volume/csi/csi_mounter.go). */
const kubeletTarget = /\/pods\/([^/]+)\/volumes\/kubernetes\.io~csi\/[^/]+\/mount$/u;

/**
 * Parses what the driver sent (nodeserver.go, NodePublishVolume). Volume attributes have already been laid over the
 * SecretProviderClass's parameters. Throws `malformed_request`, `identity_missing` or `identity_malformed` (or what the dialect
 * says instead); no message
 * holds any of the input.
 */
export function admit(request: MountRequest, form: RequestForm = { permission: "json" }): Admitted {
  const attributes = parseTexts(request.attributes, "attributes");
  const given = isNothing(request.secrets) ? new Map<string, string>() : parseTexts(request.secrets, "secrets");
  if (request.targetPath === "") {
    throw new MountError("malformed_request", "the request is malformed: it has no target path");
  }
  const pod = readPod(attributes, request.targetPath);
  // Kubelet hands tokens over as CSI secrets where the CSIDriver says so, and then they are not the user's to set.
  const tokensText = given.get(tokensKey) ?? attributes.get(tokensKey) ?? "";
  const tokens = readTokens(tokensText, form.malformedTokens ?? "identity_malformed");
  given.delete(tokensKey);
  return {
    pod,
    volume: { podUid: pod.uid, targetPath: request.targetPath },
    secretProviderClass: attributes.get("secretProviderClass") ?? "",
    parameters: new Map([...attributes].filter(([name]) => !name.startsWith(kubeletPrefix) && !driverKeys.has(name))),
    tokens,
    tokensWithheld: tokensText !== "" && tokens.size === 0,
    secrets: new Map([...given].map(([name, value]) => [name, Secret.fromText(value)])),
    defaultMode: readMode(request.permission, form.permission),
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
    // Go reads null as an empty text.
    const read = text ?? "";
    if (typeof read !== "string") {
      throw new MountError("malformed_request", `${name} of the request are malformed: a value is not a text`);
    }
    texts.set(key, read);
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

/** An entry that is null, or whose token is empty, counts as none. */
function readTokens(json: string, malformed: Malformed): Tokens {
  const value = json === "" ? null : parseJson(json);
  if (value === null) return new Map();
  if (!isRecord(value)) {
    throw new MountError(malformed, "the pod's service-account tokens are not a JSON object by audience");
  }
  const tokens = new Map<string, Token>();
  for (const [audience, entry] of Object.entries(value)) {
    if (entry === null) continue;
    const token = readToken(audience, entry, malformed);
    if (token !== undefined) tokens.set(audience, token);
  }
  return tokens;
}

function readToken(audience: string, entry: unknown, malformed: Malformed): Token | undefined {
  const token = fieldOf(entry, "token");
  const expiry = fieldOf(entry, "expirationTimestamp") ?? "";
  if (!isRecord(entry) || typeof token !== "string" || typeof expiry !== "string") {
    throw new MountError(
      malformed,
      `the pod's service-account token for audience ${JSON.stringify(audience)} is not of kubelet's form`,
    );
  }
  if (token === "") return undefined;
  const expiresAt = Date.parse(expiry);
  return { token: Secret.fromText(token), expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt };
}

/** A field in any case, as Go's `encoding/json` finds it. */
function fieldOf(entry: unknown, name: string): unknown {
  if (!isRecord(entry)) return undefined;
  return Object.entries(entry).findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/**
 * Every known driver sends 420. Read as the official providers do: a JSON number of 32 bits without sign, `null` for 0; or
 * decimal digits.
 */
function readMode(permission: string, form: PermissionForm): FileMode {
  const text = form === "json" ? permission.replace(/^[ \t\r\n]+|[ \t\r\n]+$/gu, "") : permission;
  const digits = form === "json" ? /^(?:0|[1-9]\d{0,9})$/u : /^\d{1,20}$/u;
  const most = form === "json" ? 2 ** 32 - 1 : 2 ** 31 - 1;
  const bits = digits.test(text) && Number(text) <= most ? Number(text) : Number.NaN;
  const mode = parseForeignMode(form === "json" && text === "null" ? 0 : bits);
  if (mode !== undefined) return mode;
  throw new MountError("malformed_request", "permission of the request is not a number of permission bits");
}
