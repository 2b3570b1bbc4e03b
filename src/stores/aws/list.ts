import type { Filter } from "@aws-sdk/client-secrets-manager";
import { AwsFault, awsOutage } from "../../identity/aws/fault.ts";
import { MountError } from "../../model/error.ts";
import { maxListed, type ListCriteria, type Listing, type ObjectRead } from "../../model/read.ts";
import type { AwsKind } from "./arn.ts";
import type { AwsRef } from "./objects.ts";
import type { RegionCalls } from "./region-calls.ts";
import { commonRefusal } from "./refusals.ts";

/** One object that a service has. */
interface Listed {
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** How a ref is read. */
export type ReadOf = (ref: AwsRef) => ObjectRead<AwsRef>;

/**
 * Secrets by prefix and tags, or, where a path is named, parameters by path and tags; in the order of their names. Secrets
 * that are scheduled for deletion are left out by the service. Rejects with MountError.
 */
export async function listObjects(
  criteria: ListCriteria,
  calls: RegionCalls,
  readOf: ReadOf,
  now: number,
): Promise<Listing<AwsRef>> {
  const { path, tags } = criteria;
  const kind: AwsKind = path === "" ? "secretsmanager" : "ssmparameter";
  const parameters = tags.size > 0 ? "ssm:DescribeParameters" : "ssm:GetParametersByPath";
  const action = path === "" ? "secretsmanager:ListSecrets" : parameters;
  try {
    const found = path === "" ? await listSecrets(criteria, calls) : await listParameters(criteria, calls);
    const sorted = found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return sorted.map(({ name, tags: own }) => {
      const ref: AwsRef = { kind, name, version: "", label: "", failover: undefined, cuts: [] };
      return { name, tags: own, read: readOf(ref), certain: true };
    });
  } catch (thrown) {
    if (!(thrown instanceof AwsFault)) throw thrown;
    const asking = { region: calls.region, who: calls.who(), now };
    const wanted = { name: path === "" ? "*" : path, action };
    throw awsOutage(thrown.refusal, thrown.host) ?? commonRefusal(thrown.refusal, wanted, asking);
  }
}

interface Page {
  readonly items: readonly Listed[];
  readonly next: string | undefined;
}

/** Every page. Throws MountError where a service has more objects than anybody meant. */
async function pagesOf(read: (more: { readonly NextToken?: string }) => Promise<Page>): Promise<readonly Listed[]> {
  const items: Listed[] = [];
  let next: string | undefined;
  do {
    const page = await read(next === undefined ? {} : { NextToken: next });
    items.push(...page.items);
    next = page.next === "" ? undefined : page.next;
  } while (next !== undefined && items.length <= maxListed);
  if (next === undefined) return items;
  const text = `AWS has more than ${maxListed} objects that find describes; narrow prefix, path or tags`;
  throw new MountError("parameter_invalid", text);
}

async function listSecrets({ prefix, tags }: ListCriteria, calls: RegionCalls): Promise<readonly Listed[]> {
  const wanted = [...tags];
  const filters: Filter[] = [
    ...(prefix === "" ? [] : [{ Key: "name" as const, Values: [prefix] }]),
    ...(wanted.length === 0 ? [] : [{ Key: "tag-key" as const, Values: wanted.map(([name]) => name) }]),
    ...(wanted.length === 0 ? [] : [{ Key: "tag-value" as const, Values: wanted.map(([, value]) => value) }]),
  ];
  return pagesOf(async (more) => {
    const { SecretList = [], NextToken } = await calls.secrets((client) => client.list({ Filters: filters, ...more }));
    const items = SecretList.flatMap(({ Name = "", Tags = [], DeletedDate }): readonly Listed[] => {
      const own = new Map(Tags.flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? ""] as const])));
      // The service matches any of the tags, and names word by word.
      const fits = Name.startsWith(prefix) && wanted.every(([name, value]) => own.get(name) === value);
      return fits && Name !== "" && DeletedDate === undefined ? [{ name: Name, tags: own }] : [];
    });
    return { items, next: NextToken };
  });
}

async function listParameters({ path, prefix, tags }: ListCriteria, calls: RegionCalls): Promise<readonly Listed[]> {
  const folder = `/${path.replace(/^\/+|\/+$/gu, "")}`;
  const named = (parameters: readonly { readonly Name?: string | undefined }[] = []) =>
    parameters.flatMap(({ Name = "" }) => (Name !== "" && Name.startsWith(prefix) ? [{ name: Name, tags }] : []));
  if (tags.size === 0) {
    return pagesOf(async (more) => {
      const page = await calls.parameters((client) => client.byPath({ Path: folder, ...more }));
      return { items: named(page.Parameters), next: page.NextToken };
    });
  }
  const filters = [
    { Key: "Path", Option: "Recursive", Values: [folder] },
    ...[...tags].map(([name, value]) => ({ Key: `tag:${name}`, Option: "Equals", Values: [value] })),
  ];
  return pagesOf(async (more) => {
    const page = await calls.parameters((client) => client.describe({ ParameterFilters: filters, ...more }));
    return { items: named(page.Parameters), next: page.NextToken };
  });
}
