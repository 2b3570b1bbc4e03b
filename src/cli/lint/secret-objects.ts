import type { MountPlan } from "../../model/plan.ts";
import { nearest } from "../../text/nearest.ts";
import type { Manifest, ManifestProblem, Position, SecretObject } from "./manifest.ts";

/**
 * What is wrong with `spec.secretObjects`, which the driver copies from the mounted files: a missing field, or an
 * objectName that is no file of the volume. Files that a dialect names by its own rules are not known beforehand, so
 * names are compared only where every object has one fixed path.
 */
export function lintSecretObjects(manifest: Manifest, plan: MountPlan | undefined): readonly ManifestProblem[] {
  const paths = plan === undefined ? undefined : pathsOf(plan);
  return manifest.secretObjects.flatMap((entry, index) => lintEntry(entry, index, paths));
}

function pathsOf(plan: MountPlan): readonly string[] | undefined {
  const outputs = plan.objects.map((object) => object.output);
  const paths = outputs.flatMap((output) => (output.kind === "standard" ? [output.path] : []));
  return paths.length === outputs.length ? paths : undefined;
}

function lintEntry(entry: SecretObject, index: number, paths: readonly string[] | undefined): ManifestProblem[] {
  const where = `secretObjects entry ${index + 1}`;
  const problems = [
    missing(entry.position, where, "secretName", entry.secretName),
    missing(entry.position, where, "type", entry.type),
    missing(entry.position, where, "data", entry.items.length === 0 ? undefined : "there"),
  ];
  for (const item of entry.items) {
    problems.push(missing(item.position, where, "objectName", item.objectName));
    problems.push(missing(item.position, where, "key", item.key));
    if (paths !== undefined && item.objectName !== undefined && !paths.includes(item.objectName)) {
      const meant = nearest(item.objectName, paths);
      const fix = meant === undefined ? `write one of: ${paths.join(", ")}` : `did you mean ${meant}?`;
      problems.push([
        { ...item.position, problem: `${where}: objectName is not the path of a file in the volume`, fix },
      ]);
    }
  }
  return problems.flat();
}

function missing(at: Position, where: string, field: string, value: string | undefined): ManifestProblem[] {
  if (value !== undefined && value !== "") return [];
  return [{ ...at, problem: `${where}: ${field} is missing`, fix: `add ${field}` }];
}
