/** What a session with Doppler needs. */
export interface DopplerParams {
  /** `https://HOST`, without a slash at its end. */
  readonly host: string;
  /** Slugs; empty where the token says them. */
  readonly project: string;
  readonly config: string;
  /** Who logs in: the pod by OIDC, a token out of the volume's Secret (which may name an identity, too), or the operator's. */
  readonly auth: "pod" | "secret" | "operator";
  /** UUID of the service account identity that the pod logs in with; empty where the volume's Secret may name one. */
  readonly identity: string;
  /** Which of the pod's tokens to log in with. */
  readonly audience: string;
  readonly verifyTls: boolean;
  /** Life of the leases of dynamic secrets in seconds; undefined where none are asked for. */
  readonly dynamicTtl: number | undefined;
  /** Whether each pod has a session of its own. */
  readonly perPod: boolean;
}

/** What one download asks for. */
export interface DopplerQuery {
  /** Another config than the store's; empty for the store's own. */
  readonly config: string;
  /** Sorted names of what is wanted; undefined for everything. */
  readonly names: readonly string[] | undefined;
  readonly format: DopplerFormat;
  readonly transformer: NameTransformer | undefined;
}

/** One secret of a config, or the whole of it. */
export interface DopplerRef {
  readonly query: DopplerQuery;
  /** Undefined for the whole. */
  readonly secret: string | undefined;
}

/** Forms of a whole config; all but the first are written by Doppler and kept byte for byte. */
export type DopplerFormat = "map" | (typeof formats)[number];

/** The forms that Doppler writes. */
export const formats = ["json", "dotnet-json", "env", "env-no-quotes", "yaml", "docker"] as const;

/** The ways in which Doppler makes other names of those of a config. */
export const transformers = [
  "camel",
  "upper-camel",
  "lower-snake",
  "lower-kebab",
  "tf-var",
  "dotnet",
  "dotnet-env",
] as const;

export type NameTransformer = (typeof transformers)[number];

/** Names that every config has. */
export const ownNames: readonly string[] = ["DOPPLER_CONFIG", "DOPPLER_ENVIRONMENT", "DOPPLER_PROJECT"];

/** Where Doppler is. */
export const standardHost = "https://api.doppler.com";

/** Life of leases where nothing is said, in seconds, and what may be said. */
export const ttl = { standard: 1800, min: 60, max: 7 * 86_400 } as const;

/** Whether a text is a name of a secret. */
export function isSecretName(text: string): boolean {
  return /^[A-Z_][A-Z0-9_]{0,199}$/u.test(text);
}

/** Whether a text is a slug of a project or a config. */
export function isSlug(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,99}$/u.test(text);
}

/** Whether a text is the id of a service account identity. */
export function isIdentity(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(text);
}
