import { fieldOf } from "../../identity/gcp/error.ts";
import { MountError } from "../../model/error.ts";
import { maxListed, type ListCriteria } from "../../model/read.ts";
import { askService, hostOf, type Asking } from "./client.ts";
import { refusalOf, services } from "./errors.ts";
import type { Resource } from "./resource-name.ts";

/** One secret of a project, and its latest version. */
export interface ListedSecret {
  /** Its id. */
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly resource: Resource;
}

/** Secrets on a page: some MiB of JSON. */
const pageSize = 5000;

/**
 * The secrets of the store's project and location whose names hold the prefix and that have the labels. A listing does not
 * tell whether the latest version is enabled. Rejects with MountError.
 */
export async function listSecrets(criteria: ListCriteria, asking: Asking): Promise<readonly ListedSecret[]> {
  const { project, location } = asking.session.params;
  if (project === undefined) {
    throw new MountError("parameter_invalid", "find needs a project to list; set project on the store");
  }
  const parent = `projects/${project}${location === "" ? "" : `/locations/${location}`}`;
  const found: ListedSecret[] = [];
  let next = "";
  do {
    const page = await readPage({ parent, location, filter: filterOf(criteria), next }, asking);
    found.push(...page.secrets);
    next = page.next;
  } while (next !== "" && found.length <= maxListed);
  if (next === "") return found;
  throw new MountError(
    "parameter_invalid",
    `find: ${parent} has more than ${maxListed} secrets; narrow prefix or tags`,
  );
}

interface Page {
  readonly parent: string;
  readonly location: string;
  readonly filter: string;
  /** Empty for the first. */
  readonly next: string;
}

async function readPage({ parent, location, filter, next }: Page, asking: Asking) {
  const base = asking.wiring.endpoints.secretManager || `https://${hostOf("secret", location)}`;
  const url = new URL(`${base}/v1/${parent.split("/").map(encodeURIComponent).join("/")}/secrets`);
  url.searchParams.set("pageSize", String(pageSize));
  if (filter !== "") url.searchParams.set("filter", filter);
  if (next !== "") url.searchParams.set("pageToken", next);
  const answer = await askService(url.href, services.secret.name, asking);
  if (answer.status !== 200) throw refused(refusalOf(answer, { kind: "secret", name: `${parent}/secrets`, location }));
  // Without secrets it is an empty map; what is no JSON at all is a proxy's.
  if (typeof answer.json !== "object" || answer.json === null) throw garbled();
  const secrets = fieldOf(answer.json, "secrets") ?? [];
  const token = fieldOf(answer.json, "nextPageToken") ?? "";
  if (!Array.isArray(secrets) || typeof token !== "string") throw garbled();
  return { next: token, secrets: secrets.map((secret) => listedOf(secret, parent, location)) };
}

function listedOf(secret: unknown, parent: string, location: string): ListedSecret {
  const full = fieldOf(secret, "name");
  const labels = fieldOf(secret, "labels") ?? {};
  const name = typeof full === "string" ? /\/secrets\/([A-Za-z0-9_-]{1,255})$/u.exec(full)?.[1] : undefined;
  if (name === undefined || typeof labels !== "object") throw garbled();
  const texts = Object.entries(labels).flatMap(([key, text]) =>
    typeof text === "string" ? [[key, text] as const] : [],
  );
  const resource: Resource = { kind: "secret", name: `${parent}/secrets/${name}/versions/latest`, location };
  return { name, tags: new Map(texts), resource };
}

/** As the service filters; what it matches more loosely than we mean is filtered again. */
function filterOf({ prefix, tags }: ListCriteria): string {
  const quoted = (text: string) => `"${text.replaceAll(/["\\]/gu, "\\$&")}"`;
  const labels = [...tags].map(([key, value]) => {
    if (/^[\p{Ll}\p{Lo}0-9_-]{1,63}$/u.test(key)) return `labels.${key}=${quoted(value)}`;
    throw new MountError("parameter_invalid", `find: ${JSON.stringify(key.slice(0, 63))} is no key of a label`);
  });
  return [...(prefix === "" ? [] : [`name:${quoted(prefix)}`]), ...labels].join(" AND ");
}

function refused(outcome: ReturnType<typeof refusalOf>): MountError {
  if (outcome.kind === "missing") return new MountError("object_not_found", outcome.problem);
  if (outcome.kind === "found") return garbled();
  const { error } = outcome;
  if (error.reason !== "access_denied") return error;
  const right = "secretmanager.secrets.list, as in roles/secretmanager.viewer";
  return new MountError("access_denied", `${error.message}; find needs ${right}, too`);
}

function garbled(): MountError {
  return new MountError("store_protocol", "Secret Manager answered with a list that is none");
}
