import { MountError } from "../../model/error.ts";
import { maxListed, type ListCriteria, type Listing, type ObjectRead } from "../../model/read.ts";
import { pathPart } from "./address.ts";
import { accessDenied, failureOf, garbled, otherRefusal } from "./errors.ts";
import type { ConjurParams, ConjurRef } from "./params.ts";
import type { Ask } from "./read.ts";

/** Variables of one page: the most that servers give by default. */
const pageSize = 1000;

/**
 * Variables that the pod's host can see and that have a value, by id; annotations are their tags. The server's own search
 * goes by words, not by what ids start with, so everything is read and chosen from here. Rejects with MountError.
 */
export async function listVariables(
  criteria: ListCriteria,
  params: ConjurParams,
  ask: Ask,
  readOf: (ref: ConjurRef) => ObjectRead<ConjurRef>,
): Promise<Listing<ConjurRef>> {
  const variables: Variable[] = [];
  for (let offset = 0, size = pageSize; size === pageSize; offset += pageSize) {
    const page = await readPage(offset, params, ask);
    size = page.length;
    variables.push(...page.flatMap((one) => variableOf(one, params) ?? []).filter((one) => meets(one, criteria)));
    if (offset + size > maxListed) {
      const text = `the pod's host can see more than ${maxListed} variables, too many to choose from; name them one by one`;
      throw new MountError("parameter_invalid", text);
    }
  }
  const sorted = variables.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return sorted.map(({ id, tags }) => ({ name: id, tags, read: readOf({ id, version: undefined }), certain: true }));
}

interface Variable {
  readonly id: string;
  readonly tags: ReadonlyMap<string, string>;
}

async function readPage(offset: number, params: ConjurParams, ask: Ask): Promise<readonly unknown[]> {
  const query = `?kind=variable&limit=${pageSize}&offset=${offset}`;
  const reply = await ask({ path: `/resources/${pathPart(params.account)}`, query });
  const failure = failureOf(reply, params, "listing variables");
  if (failure !== undefined) throw failure;
  if (reply.status === 403) throw accessDenied(`the list of variables of account ${params.account}`);
  if (reply.status !== 200) throw otherRefusal(reply, "the list of variables");
  const page = parsed(reply.body);
  if (!Array.isArray(page)) throw garbled("the list of variables is no list in JSON");
  return page as readonly unknown[];
}

/** Undefined for what is not JSON. */
function parsed(json: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(json).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Undefined for what is no variable of the account, or has never had a value. */
function variableOf(resource: unknown, { account }: ConjurParams): Variable | undefined {
  const start = `${account}:variable:`;
  if (typeof resource !== "object" || resource === null || !("id" in resource)) return undefined;
  const { id } = resource;
  if (typeof id !== "string" || !id.startsWith(start)) return undefined;
  const isEmpty = "secrets" in resource && Array.isArray(resource.secrets) && resource.secrets.length === 0;
  if (isEmpty) return undefined;
  return { id: id.slice(start.length), tags: tagsOf("annotations" in resource ? resource.annotations : undefined) };
}

function tagsOf(annotations: unknown): ReadonlyMap<string, string> {
  const list: readonly unknown[] = Array.isArray(annotations) ? annotations : [];
  return new Map(
    list.flatMap((one): readonly (readonly [string, string])[] => {
      if (typeof one !== "object" || one === null || !("name" in one) || !("value" in one)) return [];
      return typeof one.name === "string" && typeof one.value === "string" ? [[one.name, one.value]] : [];
    }),
  );
}

/** A path is a folder of ids. */
function meets({ id, tags }: Variable, { prefix, path, tags: wanted }: ListCriteria): boolean {
  const folder = path.replace(/^\/+|\/+$/gu, "");
  const within = folder === "" || id.startsWith(`${folder}/`);
  return within && id.startsWith(prefix) && [...wanted].every(([name, value]) => tags.get(name) === value);
}
