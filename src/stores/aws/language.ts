import type { AwsLogin } from "../../identity/aws/login.ts";
import type { Fields } from "../../model/fields.ts";
import type { ObjectContext } from "../../model/store.ts";
import { kindOfService, looksLikeArn, parseArn, type Arn, type AwsKind } from "./arn.ts";
import { parameterAdvice, parameterLabelAdvice, unfilledName, versionAdvice, type Advice } from "./name-advice.ts";
import type { AwsRef } from "./objects.ts";
import type { AwsParams } from "./params.ts";
import { parseRegion, regionProblem } from "./region.ts";

const kinds = ["secretsmanager", "ssmparameter"] as const;
const roleForm = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/u;
const externalForm = /^[\w+=,.@:/-]{2,1224}$/u;

/** Maximum number of roles that are taken on one after the other. */
const maxRoles = 4;

/** Own fields of a `stores` entry; `daemonRegion` is the operator's, empty where there is none. */
export function parseParams(fields: Fields, daemonRegion: string): AwsParams {
  const region = readRegion(fields, "region");
  const failoverRegion = readRegion(fields, "failoverRegion");
  const fallback = daemonRegion === "" ? undefined : { name: daemonRegion, from: "the daemon's setting aws-region" };
  const primary = region === undefined ? fallback : { name: region, from: "the store's region" };
  if (failoverRegion !== undefined && failoverRegion === primary?.name) {
    fields.refuse("failoverRegion", "it is the region of the store", "name another region, or remove it");
  }
  const login = readLogin(fields);
  const per = fields.oneOf("sessionPer", ["pod", "service-account"]);
  if (per === "pod" && login.auth !== "podIdentity") {
    const fix = "remove it: only EKS Pod Identity tells the pods of one service account apart";
    fields.refuse("sessionPer", "auth is not podIdentity", fix);
  }
  return { region: primary, failoverRegion, login, perPod: per === "pod" };
}

function readRegion(fields: Fields, name: string): string | undefined {
  const text = fields.text(name);
  if (text === undefined) return undefined;
  const wrong = regionProblem(text);
  if (wrong !== undefined) fields.refuse(name, wrong.problem, wrong.fix);
  return parseRegion(text);
}

function readLogin(fields: Fields): AwsLogin {
  const auth = fields.oneOf("auth", ["irsa", "podIdentity", "node"]) ?? "irsa";
  const roles = fields.texts("roleArn") ?? [];
  const fix = "write the ARN of a role, such as arn:aws:iam::123456789012:role/shop";
  if (roles.some((role) => !roleForm.test(role))) fields.refuse("roleArn", "it is not the ARN of a role", fix);
  if (roles.length > maxRoles) fields.refuse("roleArn", `it lists more than ${maxRoles} roles`, "shorten the chain");
  const externalId = fields.text("externalId");
  if (externalId !== undefined && !externalForm.test(externalId)) {
    fields.refuse("externalId", "it is not an external id", "write the id that the role's trust policy asks for");
  }
  const sessionTags = fields.boolean("sessionTags") ?? false;
  const alone = externalId === undefined ? (sessionTags ? "sessionTags" : undefined) : "externalId";
  if (alone !== undefined && roles.length === 0) {
    fields.refuse(alone, "it goes with a role that is taken on", "set roleArn too, or remove it");
  }
  return { auth, addressType: "auto", roles, externalId, sessionTags };
}

/** Own fields of an object. */
export function parseRef(fields: Fields, { objectName }: ObjectContext, params: AwsParams): AwsRef {
  const arn = looksLikeArn(objectName) ? parseArn(objectName) : undefined;
  if (looksLikeArn(objectName) && arn === undefined) {
    fields.refuse("objectName", "it is not a whole ARN", "write the ARN as the console shows it, or the plain name");
  }
  if (arn !== undefined) checkArn(fields, arn, params);
  const kind = readKind(fields, arn);
  const [version, label] = [fields.text("objectVersion") ?? "", fields.text("objectVersionLabel") ?? ""];
  if (kind === "ssmparameter" && version !== "" && label !== "") {
    fields.refuse("objectVersionLabel", "a parameter has either a version or a label", "keep one of the two");
  }
  if (kind === "ssmparameter" && version !== "" && !/^[1-9]\d{0,15}$/u.test(version)) {
    fields.refuse("objectVersion", "it is not the number of a version", "write a number such as 3");
  }
  const advise = (name: string, advice: Advice | undefined) => {
    if (advice !== undefined) fields.refuse(name, advice.problem, advice.fix);
  };
  advise("objectName", unfilledName(kind, objectName));
  if (kind === "secretsmanager") advise("objectVersion", versionAdvice(version));
  else {
    advise("objectName", parameterAdvice(objectName));
    advise("objectVersionLabel", parameterLabelAdvice(label));
  }
  return { kind, name: objectName, version, label, failover: undefined, cuts: [] };
}

function checkArn(fields: Fields, arn: Arn, { region }: AwsParams): void {
  if (kindOfService(arn.service) === undefined) {
    fields.refuse("objectName", "it is the ARN of another service", "name an object of secretsmanager or ssm");
  }
  if (region !== undefined && arn.region !== region.name) {
    const problem = `it is of region ${arn.region}, its store of ${region.name} (${region.from})`;
    fields.refuse("objectName", problem, `declare another store with region: ${arn.region}`);
  }
}

function readKind(fields: Fields, arn: Arn | undefined): AwsKind {
  const written = fields.oneOf("objectType", kinds);
  const said = arn === undefined ? undefined : kindOfService(arn.service);
  if (written !== undefined && said !== undefined && written !== said) {
    fields.refuse("objectType", "the ARN is of the other kind", "remove objectType: the ARN says it");
  }
  return said ?? written ?? "secretsmanager";
}
