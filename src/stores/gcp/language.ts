import type { GcpAuth } from "../../identity/gcp/gcp.ts";
import type { Fields } from "../../model/fields.ts";
import type { ObjectContext } from "../../model/store.ts";
import { isLocation, parseResourceName, type Resource, type ResourceKind } from "./resource-name.ts";

/** Settings of a `gcp` store. */
export interface GcpParams {
  /** Project id or number of objects that are named without one. */
  readonly project: string | undefined;
  /** Region of every object of the store; `""` for what is not bound to one. */
  readonly location: string;
  readonly auth: GcpAuth;
  readonly workloadIdentityProvider: string | undefined;
  readonly serviceAccount: string | undefined;
}

/** One version; undefined where it could not be parsed. One that was `listed` is left out where it has no value. */
export type GcpRef = (Resource & { readonly listed?: true }) | undefined;

const auths = ["pod", "provider", "secret"] as const;
const project = /^[a-z0-9.:-]{1,100}$/u;
const provider =
  /^\/\/iam\.googleapis\.com\/projects\/\d{1,20}\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{1,64}\/providers\/[a-z0-9-]{1,64}$/u;
const email = /^[a-z0-9][a-z0-9-]{0,62}@[a-z0-9.-]{1,200}\.gserviceaccount\.com$/u;

/** Fields of a `stores` entry. */
export function parseParams(fields: Fields): GcpParams {
  const location = fields.text("location") ?? "";
  if (location !== "" && !isLocation(location)) {
    fields.refuse("location", "Invalid location", "write a region such as us-central1, or leave it out");
  }
  const matching = (name: string, form: RegExp, fix: string) => {
    const text = fields.text(name);
    if (text !== undefined && !form.test(text)) fields.refuse(name, "it is not of its form", fix);
    return text;
  };
  const full = "//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER";
  return {
    project: matching("project", project, "write the project's id or number"),
    location: location === "global" ? "" : location,
    auth: fields.oneOf("auth", auths) ?? "pod",
    workloadIdentityProvider: matching("workloadIdentityProvider", provider, `write ${full}`),
    serviceAccount: matching("serviceAccount", email, "write the e-mail address of a service account of Google"),
  };
}

/** Fields of an object: a short name within the store's project and location, or a full one. */
export function parseRef(fields: Fields, { objectName }: ObjectContext, params: GcpParams): GcpRef {
  const type = fields.oneOf("objectType", ["secret", "parameter"]);
  const version = fields.text("objectVersion");
  const name = objectName.startsWith("projects/")
    ? fullName(fields, objectName, version)
    : shortName(fields, { objectName, kind: type ?? "secret", version }, params);
  if (name === undefined) return undefined;
  const parsed = parseResourceName(name);
  if (parsed.kind === "refused") {
    fields.refuse("objectName", parsed.problem, parsed.fix);
    return undefined;
  }
  const { resource } = parsed;
  if (type !== undefined && type !== resource.kind) {
    fields.refuse("objectType", `the name is that of a ${resource.kind}`, "leave objectType out with a full name");
  }
  if (resource.location !== params.location) {
    const where = resource.location === "" ? "no location" : `location ${resource.location}`;
    fields.refuse("objectName", `it is of ${where}, its store is not`, "declare another store with that location");
  }
  return resource;
}

function fullName(fields: Fields, objectName: string, version: string | undefined): string | undefined {
  const written = /\/versions\/([^/]*)$/u.exec(objectName)?.[1];
  if (written === undefined) return withVersion(fields, objectName, version);
  if (version === undefined || version === written) return objectName;
  fields.refuse("objectVersion", "objectName says another version", "write the version in one place");
  return undefined;
}

interface Short {
  readonly objectName: string;
  readonly kind: ResourceKind;
  readonly version: string | undefined;
}

function shortName(fields: Fields, { objectName, kind, version }: Short, params: GcpParams): string | undefined {
  if (!/^[A-Za-z0-9_-]{1,255}$/u.test(objectName)) {
    const fix = "write the id of the secret or parameter, or its full name: projects/…";
    fields.refuse("objectName", "it is neither an id nor a full name", fix);
    return undefined;
  }
  if (params.project === undefined) {
    fields.refuse("objectName", "the store names no project", "set project on the store, or write the full name");
    return undefined;
  }
  const location = kind === "parameter" ? params.location || "global" : params.location;
  const where = location === "" ? "" : `locations/${location}/`;
  return withVersion(fields, `projects/${params.project}/${where}${kind}s/${objectName}`, version);
}

/** Secrets have a latest version, parameters do not. */
function withVersion(fields: Fields, name: string, version: string | undefined): string | undefined {
  if (version === undefined && name.includes("/parameters/")) {
    fields.refuse("objectVersion", "a parameter has no latest version", "name the version to render");
    return undefined;
  }
  return `${name}/versions/${version ?? "latest"}`;
}
