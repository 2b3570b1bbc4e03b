import { pathProblem } from "../model/file.ts";
import { MountResponse } from "../wire/provider.ts";
import { findPathConflicts } from "../model/path-conflicts.ts";

/** Largest encoded answer that the driver takes, in bytes, unless its `--max-call-recv-msg-size` says otherwise. */
export const defaultAnswerLimit = 4_194_304;

/** One thing wrong with a provider's answer. */
export interface AnswerProblem {
  /** `refused`: the driver fails the mount. `harmful`: it reports success, and the pod is worse off. */
  readonly kind: "refused" | "harmful";
  /** Lower case, no final stop; names paths and ids, never a value. */
  readonly problem: string;
}

/**
 * Everything the driver would refuse or suffer from in a decoded answer, in its own order of checks
 * (pkg/secrets-store/provider_client.go, pkg/util/fileutil). `limit`: largest encoded answer in bytes.
 */
export function answerProblems(answer: MountResponse, limit: number = defaultAnswerLimit): readonly AnswerProblem[] {
  return [
    ...sizeProblems(answer, limit),
    ...versionProblems(answer),
    ...answer.files.flatMap(fileProblems),
    ...conflictProblems(answer.files.map(({ path }) => path)),
  ];
}

function refused(problem: string): AnswerProblem {
  return { kind: "refused", problem };
}

function harmful(problem: string): AnswerProblem {
  return { kind: "harmful", problem };
}

function sizeProblems(answer: MountResponse, limit: number): readonly AnswerProblem[] {
  const size = MountResponse.encode(answer).length;
  if (size <= limit) return [];
  return [refused(`the answer is ${size} bytes, the driver's --max-call-recv-msg-size is ${limit}`)];
}

function versionProblems({ error, objectVersion, files }: MountResponse): readonly AnswerProblem[] {
  const problems: AnswerProblem[] = [];
  const code = error?.code ?? "";
  if (code !== "") problems.push(refused(`error.code is ${JSON.stringify(code)}; the driver ignores all else`));
  if (objectVersion.length === 0) problems.push(refused("object_version is empty"));
  else if (files.length === 0) problems.push(harmful("there is no file; a pod would start with an empty volume"));
  const seen = new Set<string>();
  for (const { id } of objectVersion) {
    if (seen.has(id))
      problems.push(harmful(`object_version has the id ${JSON.stringify(id)} twice; the last one wins`));
    seen.add(id);
  }
  return problems;
}

function fileProblems({ path, mode }: MountResponse["files"][number]): readonly AnswerProblem[] {
  const problems: AnswerProblem[] = [];
  const name = `file ${JSON.stringify(path)}`;
  const wrong = pathProblem(path);
  if (wrong !== undefined) problems.push(refused(`${name}: its path is not usable: ${wrong}`));
  if (mode === 0) problems.push(harmful(`${name}: its mode is 0; only root could read it`));
  else if (mode < 0 || mode > 0o777) problems.push(harmful(`${name}: its mode ${mode} is not within 0 to 511 (0777)`));
  return problems;
}

function conflictProblems(paths: readonly string[]): readonly AnswerProblem[] {
  return findPathConflicts(paths).map(({ first, second, kind }) => {
    const [one, other] = [JSON.stringify(paths[first] ?? ""), JSON.stringify(paths[second] ?? "")];
    if (kind === "same") return harmful(`file ${other} is there twice; the last one wins`);
    return refused(`files ${one} and ${other} would make one name both a file and a folder`);
  });
}
