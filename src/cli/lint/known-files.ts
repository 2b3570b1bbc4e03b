import type { MountPlan } from "../../model/plan.ts";
import type { KnownFiles } from "./synced-secret.ts";

/** The files of a volume as its plan tells them. */
export function knownFiles({ files, listings }: MountPlan): KnownFiles {
  return {
    paths: files.flatMap(({ paths }) => paths ?? []),
    open: listings.length > 0 || files.some(({ paths }) => paths === undefined),
  };
}
