import type { Fields } from "../../model/fields.ts";
import type { ObjectContext } from "../../model/store.ts";
import { hostFix, parseHost } from "./host.ts";
import {
  formats,
  isIdentity,
  isSecretName,
  isSlug,
  transformers,
  ttl,
  type DopplerParams,
  type DopplerRef,
} from "./params.ts";
import type { DopplerSettings } from "./settings.ts";

/** What to write for the names of a project and a config, and for an identity. */
export const fixes = {
  project: "write the project's slug as in the dashboard's address, such as shop",
  config: "write the config's name, such as prd",
  identity: "write the UUID of the service account identity, as the dashboard shows it",
} as const;

/** Own fields of a `stores` entry. */
export function parseParams(fields: Fields, settings: DopplerSettings): DopplerParams {
  const identity = fields.text("identity") ?? "";
  if (identity !== "" && !isIdentity(identity)) fields.refuse("identity", "it is no UUID", fixes.identity);
  const auth = fields.oneOf("auth", ["pod", "secret", "operator"]) ?? (identity === "" ? "secret" : "pod");
  if (auth === "pod" && identity === "") fields.requiredText("identity", fixes.identity);
  if (auth !== "pod" && identity !== "") {
    fields.refuse("identity", `auth ${auth} does not log in with it`, "remove it, or set auth to pod");
  }
  const host = parseHost(fields.text("host"), settings);
  if (host.kind === "refused") fields.refuse("host", host.problem, hostFix);
  const name = host.kind === "host" ? host.host : "";
  const audience = fields.text("audience") ?? name;
  if (audience === "" && name !== "") fields.refuse("audience", "it is empty", "write an audience, or leave it out");
  const dynamicTtl = readDynamic(fields);
  return {
    host: name,
    project: readSlug(fields, "project", auth === "pod"),
    config: readSlug(fields, "config", auth === "pod"),
    auth,
    identity,
    audience,
    verifyTls: fields.boolean("verifyTLS") ?? true,
    dynamicTtl,
    perPod: fields.oneOf("sessionPer", ["pod", "service-account"]) === "pod" || dynamicTtl !== undefined,
  };
}

/** Tokens of one config know project and config; the token of a login does not. */
function readSlug(fields: Fields, name: "project" | "config", required: boolean): string {
  const text = required ? fields.requiredText(name, fixes[name]) : (fields.text(name) ?? "");
  if (text !== "" && !isSlug(text)) fields.refuse(name, `it is no ${name}`, fixes[name]);
  return text;
}

function readDynamic(fields: Fields): number | undefined {
  const wanted = fields.boolean("includeDynamicSecrets") ?? false;
  const seconds = fields.integer("dynamicSecretsTTLSeconds", { min: ttl.min, max: ttl.max });
  if (seconds !== undefined && !wanted) {
    fields.refuse("dynamicSecretsTTLSeconds", "no dynamic secrets are asked for", "set includeDynamicSecrets to true");
  }
  return wanted ? (seconds ?? ttl.standard) : undefined;
}

/** Own fields of an object: `DB_URL` is a secret, `prd` is a whole config. */
export function parseRef(fields: Fields, { objectName }: ObjectContext): DopplerRef {
  const format = fields.oneOf("format", formats);
  const transformer = fields.oneOf("nameTransformer", transformers);
  if (isSecretName(objectName)) {
    const fix = "remove it, or name a config as objectName";
    if (format !== undefined) fields.refuse("format", "it is the form of a whole config", fix);
    if (transformer !== undefined) fields.refuse("nameTransformer", "it is for a whole config", fix);
    return refOf(objectName);
  }
  if (!isSlug(objectName)) {
    const fix = "write the secret's name in upper case, such as DB_URL, or the name of a config, such as prd";
    fields.refuse("objectName", "it is neither a secret nor a config", fix);
  }
  return {
    query: { config: objectName, names: undefined, format: format ?? "map", transformer },
    secret: undefined,
  };
}

/** One secret of the store's config: it is read with all the others. */
export function refOf(secret: string): DopplerRef {
  return { query: { config: "", names: undefined, format: "map", transformer: undefined }, secret };
}
