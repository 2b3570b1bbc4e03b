import type { MountPlan } from "../../model/plan.ts";
import type { KnownFiles } from "./synced-secret.ts";

/** The files of a volume as its plan tells them. */
export function knownFiles(plan: MountPlan): KnownFiles {
  const outputs = plan.objects.map((object) => object.output);
  const paths = outputs.flatMap((output) => (output.kind === "standard" ? [output.path] : []));
  return { paths, open: paths.length < outputs.length };
}
