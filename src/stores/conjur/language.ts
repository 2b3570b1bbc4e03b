import { certificatesIn } from "../../http/read-ca.ts";
import type { Fields } from "../../model/fields.ts";
import type { ObjectContext } from "../../model/store.ts";
import { addressFix, isPathPart, parseAddress, serviceOf } from "./address.ts";
import { standardAudience, type ConjurParams, type ConjurRef } from "./params.ts";
import type { ConjurSettings } from "./settings.ts";
import { idFix, idProblem, variableId } from "./variable-id.ts";

const authnFix = "write authn-jwt/ and the name of the authenticator, such as authn-jwt/kubernetes";

/** Own fields of a `stores` entry; the operator's settings stand in for what it leaves out. */
export function parseParams(fields: Fields, settings: ConjurSettings): ConjurParams {
  const url = readAddress(fields, settings);
  const account = or(fields, "account", settings.account, "write the account of the Conjur server");
  if (account !== "" && !isAccount(account)) {
    fields.refuse("account", "it is no account", "write the account of the Conjur server");
  }
  const authnId = or(fields, "authnId", settings.authnId, authnFix);
  const service = serviceOf(authnId);
  if (authnId !== "" && !isPathPart(service)) fields.refuse("authnId", "it names no authenticator", authnFix);
  const audience = fields.text("audience") ?? standardAudience;
  if (audience === "") fields.refuse("audience", "it is empty", "write an audience, or leave it out");
  return {
    url,
    account,
    service,
    identity: readIdentity(fields),
    audience,
    ...readTrust(fields, settings),
    perPod: fields.oneOf("sessionPer", ["pod", "service-account"]) === "pod",
  };
}

function or(fields: Fields, name: string, fallback: string, fix: string): string {
  if (fields.has(name) || fallback === "") return fields.requiredText(name, fix);
  return fallback;
}

function readAddress(fields: Fields, settings: ConjurSettings): string {
  const text = or(fields, "address", settings.address, addressFix);
  if (text === "") return "";
  const parsed = parseAddress(text);
  if (parsed.kind === "url") return parsed.url;
  fields.refuse("address", parsed.problem, addressFix);
  return "";
}

function readIdentity(fields: Fields): string {
  const identity = fields.text("identity") ?? "";
  if (identity !== "" && !isPathPart(identity)) {
    fields.refuse("identity", "it is no id of a host", "write host/ and the host's id, such as host/apps/shop");
  }
  return identity;
}

function readTrust(fields: Fields, settings: ConjurSettings): Pick<ConjurParams, "ca" | "caFile"> {
  const [ca, caFile] = [fields.text("ca"), fields.text("caFile")];
  if (ca !== undefined && caFile !== undefined) fields.refuse("caFile", "ca is there too", "keep one of them");
  const certificates = ca === undefined ? undefined : certificatesIn(ca);
  if (ca !== undefined && certificates === undefined) {
    fields.refuse("ca", "it holds no PEM certificate that can be read", "paste the whole certificate as one block");
  }
  return { ca: certificates, caFile: ca === undefined ? (caFile ?? settings.caFile) : undefined };
}

/** Whether a text can be an account: without what separates it from the rest of a full id or of a URL's path. */
export function isAccount(text: string): boolean {
  return isPathPart(text) && !/[:,/\p{Cc}]/u.test(text);
}

/** Own fields of an object. */
export function parseRef(fields: Fields, { objectName }: ObjectContext, { account }: ConjurParams): ConjurRef {
  const id = variableId(objectName, account);
  const problem = idProblem(id);
  if (problem !== undefined) fields.refuse("objectName", problem, idFix);
  const version = fields.text("objectVersion");
  if (version !== undefined && !/^[1-9]\d{0,8}$/u.test(version)) {
    fields.refuse("objectVersion", "it is not the number of a version", "write a number such as 3");
  }
  return { id, version };
}
