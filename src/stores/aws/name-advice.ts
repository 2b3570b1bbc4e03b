import { looksLikeArn, type AwsKind } from "./arn.ts";
import { nearest } from "../../text/nearest.ts";

/** What is wrong, and what to write instead. */
export interface Advice {
  readonly problem: string;
  readonly fix: string;
}

/** Words that people write for the two kinds. */
const kindsMeant: ReadonlyMap<string, AwsKind> = new Map([
  ["secret", "secretsmanager"],
  ["secrets", "secretsmanager"],
  ["sm", "secretsmanager"],
  ["ssm", "ssmparameter"],
  ["parameter", "ssmparameter"],
  ["parameterstore", "ssmparameter"],
]);

/** The kind that was meant by a text that is none. */
export function kindMeant(written: string): AwsKind | undefined {
  const plain = written.toLowerCase().replaceAll(/[-_. ]/gu, "");
  const kinds = ["secretsmanager", "ssmparameter"] as const;
  const near = nearest(plain, kinds);
  return kindsMeant.get(plain) ?? kinds.find((kind) => kind === near);
}

/** A name that a template or a shell should have filled in. No name of AWS has these characters. */
export function unfilledName(kind: AwsKind, name: string): Advice | undefined {
  if (!/\$\{|\$[A-Za-z_]|\{\{|^<.*>$/u.test(name)) return undefined;
  const [what, allowed] =
    kind === "secretsmanager"
      ? ["a secret's name", "letters, digits, -/_+=.@ and the ! of secrets that AWS services make"]
      : ["a parameter's name", "letters, digits, /_.-"];
  const problem = `it cannot be ${what} (allowed: ${allowed})`;
  return { problem, fix: "fill in the variable before the manifest is applied" };
}

/** What is wrong with a name that Parameter Store will refuse or not find; undefined where nothing is plain. */
export function parameterAdvice(name: string): Advice | undefined {
  if (looksLikeArn(name)) {
    const bare = /^(arn:[^:]*:ssm:[^:]*:[^:]*:parameter):([^:/]+(?:\/[^:]*)?)$/u.exec(name);
    if (bare === null) return undefined;
    const [, start = "", rest = ""] = bare;
    const problem = "a parameter's ARN has a slash after parameter and no random suffix";
    return { problem, fix: `write ${start}/${rest.replace(/-[A-Za-z0-9]{6}$/u, "")}` };
  }
  if (name.length > 1 && name.endsWith("/")) {
    const fix = "name each parameter, or list them with find in provider keyferry (kind aws)";
    return { problem: `${name} is a path, not a parameter`, fix };
  }
  if (name.includes("/") && !name.startsWith("/")) {
    return { problem: "a parameter name with slashes starts with one", fix: `write /${name}` };
  }
  return undefined;
}

/** What is wrong with a label of Secrets Manager on a parameter. */
export function parameterLabelAdvice(label: string): Advice | undefined {
  if (!/^AWS(?:CURRENT|PREVIOUS|PENDING)$/u.test(label)) return undefined;
  const problem = `parameters have no label ${label} (that is Secrets Manager's)`;
  return { problem, fix: "remove it: without a label the newest version is read" };
}

/** What is wrong with a version id of a secret. */
export function versionAdvice(version: string): Advice | undefined {
  if (!version.startsWith("uuid/")) return undefined;
  const fix = `write ${version.slice("uuid/".length)}`;
  return { problem: "uuid/ is the notation of External Secrets; objectVersion is the bare version id", fix };
}
