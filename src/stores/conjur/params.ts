/** What a session with a Conjur server needs. */
export interface ConjurParams {
  /** Base of every request's URL, without a slash at its end. */
  readonly url: string;
  readonly account: string;
  /** Name of the JWT authenticator: what stands behind `authn-jwt/`. */
  readonly service: string;
  /** Host that logs in, such as `host/apps/bot`; empty where the authenticator takes it from the token. */
  readonly identity: string;
  /** Which of the pod's tokens to log in with. */
  readonly audience: string;
  /** PEM certificates that are trusted instead of the system's; beaten by `caFile`, a path on the daemon's side. */
  readonly ca: string | undefined;
  readonly caFile: string | undefined;
  /** Whether each pod logs in for itself, because the authenticator maps claims of the pod. */
  readonly perPod: boolean;
}

/** Audience of the pod's token where none is named; the only one that the official provider knows. */
export const standardAudience = "conjur";

/** One variable. */
export interface ConjurRef {
  /** Without account and kind. */
  readonly id: string;
  /** Number of a version; undefined for the latest. */
  readonly version: string | undefined;
}
