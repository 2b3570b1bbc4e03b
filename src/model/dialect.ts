import type { DialectAdvice } from "./advice.ts";
import type { Audience, AudienceForm } from "./audience.ts";
import type { Endpoint } from "./endpoint.ts";
import type { MountError } from "./error.ts";
import type { FileMode } from "./file.ts";
import type { IssueSink } from "./issue.ts";
import type { MountPlan } from "./plan.ts";
import type { Parameters } from "./pod.ts";

/** How the official provider reads a request's `permission`: as a JSON number, or as decimal digits. */
export type PermissionForm = "json" | "decimal";

/** One provider's parameter language. */
export interface Dialect {
  /** The `spec.provider` that selects it, and the name of its socket. */
  readonly name: string;

  /** Reports every mistake to `issues`; the plan is undefined if there was any. Does no I/O. */
  parse(input: DialectInput, issues: IssueSink): MountPlan | undefined;

  /** The pod's annotation that is part of a manifest with these parameters (default: none). It is read before `parse`. */
  podAnnotation?(parameters: Parameters): string | undefined;

  readonly permission: PermissionForm;

  /** Why a Mount fails whose tokens cannot be read, where the official provider answers as for a login (default: `identity_malformed`). */
  readonly malformedTokens?: "identity_refused";

  /** What lint says of manifests that a Mount takes. */
  readonly advice: DialectAdvice;

  /** The token that a pod needs where its manifest says nothing else; only its form where the cluster says which. */
  readonly audience: Audience | AudienceForm | undefined;

  /** Every server that the daemon's own settings name, for a check that sends nothing. */
  readonly endpoints: readonly Endpoint[];
}

/** What the pod's annotation said that a dialect asked for; empty for one that is absent. */
export type PodAnnotation =
  { readonly kind: "text"; readonly text: string } | { readonly kind: "unreadable"; readonly error: MountError };

/** What a dialect parses. */
export interface DialectInput {
  readonly parameters: Parameters;
  /** Undefined where the dialect asked for none, and where there is no pod, as for `lint`. */
  readonly annotation?: PodAnnotation;
  /** Mode of files that name none. */
  readonly defaultMode: FileMode;
  /** Whether time does not matter, as for `lint`: then also what takes long is read at once. */
  readonly thorough?: boolean;
}
