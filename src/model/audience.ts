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

/** An audience that no setting says: the cluster does, and what the driver asks tokens for can only be looked through. */
export interface AudienceForm {
  readonly name: undefined;
  fits(audience: string): boolean;
  /** `audience of a workload identity pool`. */
  readonly what: string;
  /** What to write, such as `PROJECT.svc.id.goog`. */
  readonly example: string;
  readonly byApi: Audience["byApi"];
}
