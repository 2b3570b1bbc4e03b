import type { MountPlan } from "../../model/plan.ts";
import type { KnownFiles } from "./synced-secret.ts";

/** The files of a volume as its plan tells them. */
export function knownFiles({ files }: MountPlan): KnownFiles {
  return {
    paths: files.flatMap(({ paths }) => paths ?? []),
    open: files.some(({ paths }) => paths === undefined),
  };
}
