/** The service-account token that a store takes from the pod. */
export interface Audience {
  readonly name: string;
  /** Whether a Mount without it is refused before anything is answered, also from memory. */
  readonly required: boolean;
  /** Whether the daemon makes the token itself where its role lets it: always, or only while kubelet makes none at all. */
  readonly byApi: "no" | "yes" | "if-none";
  /** The number by which people know the official provider's error of its absence, where it has one. */
  readonly officialError?: string;
}
