/**
 * One entry of `object_version`. Readable by anyone who may read the pod's SecretProviderClassPodStatus, so neither
 * part may hold or allow guessing secret material.
 */
export interface ObjectVersion {
  /** Unique in one response. */
  readonly id: string;
  /** Changes if and only if the content, or the store's version of it, changes; equal across restarts and nodes. */
  readonly version: string;
}
