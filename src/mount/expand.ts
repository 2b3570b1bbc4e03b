import { createHash } from "node:crypto";
import { MountError } from "../model/error.ts";
import type { Found, Outcome } from "../model/outcome.ts";
import { ofEntry, onlyCandidate, type MountPlan, type PlannedListing, type Read } from "../model/plan.ts";
import { readOf, type ListCriteria, type Listing, type ObjectRead } from "../model/read.ts";
import { Secret } from "../model/secret.ts";
import type { StoreConnection } from "../model/store.ts";
import type { Admitted } from "./admit.ts";
import { fetchAll, type FetchDeps } from "./fetch.ts";

/** A listing is an answer like any other: shared, refreshed, paced and repeated by the same rules. */
interface ListedFound extends Found {
  readonly listing: Listing;
}

/**
 * The plan with the reads and files of what its listings find, in the place of those. Throws one MountError that names
 * every listing that failed.
 */
export async function expand(plan: MountPlan, admitted: Admitted, deps: FetchDeps): Promise<MountPlan> {
  if (plan.listings.length === 0) return plan;
  const reads = new Map(plan.listings.map((listing) => [listing, readOfListing(listing)]));
  const connectionOf: FetchDeps["connectionOf"] = (store) => listingConnection(deps.connectionOf(store));
  const asked = { ...plan, reads: [...reads.values()], files: [], listings: [] };
  const answers = await fetchAll(asked, admitted, { ...deps, connectionOf });
  const problems: MountError[] = [];
  const expanded: Pick<MountPlan, "reads" | "files">[] = [];
  for (const listing of plan.listings) {
    const read = reads.get(listing);
    const found = read === undefined ? undefined : answers.get(read)?.found;
    try {
      if (found === undefined || !isListed(found)) throw new MountError("internal", "the listing has no answer");
      expanded.push(await listing.expand(found.listing, deps.context));
    } catch (thrown) {
      deps.context.signal.throwIfAborted();
      problems.push(ofEntry(MountError.from(thrown), listing, listing.store));
    }
  }
  const [problem, ...more] = problems;
  if (problem !== undefined) throw MountError.all([problem, ...more]);
  return {
    ...plan,
    reads: [...plan.reads, ...expanded.flatMap((one) => one.reads)].sort(byIndex),
    files: [...plan.files, ...expanded.flatMap((one) => one.files)].sort(byIndex),
    listings: [],
  };
}

function byIndex(a: { readonly index: number }, b: { readonly index: number }): number {
  return a.index - b.index;
}

function readOfListing({ index, name, store, criteria }: PlannedListing): Read {
  const { prefix, path, tags } = criteria;
  const key = `list ${JSON.stringify([prefix, path, [...tags].sort()])}`;
  const read: ObjectRead = readOf(criteria, key);
  return { index, name, candidates: [onlyCandidate(store, read)], whenMissing: "fail" };
}

/** The connection with its listings as answers. */
function listingConnection(connection: StoreConnection): StoreConnection {
  return {
    ...connection,
    batchSize: 1,
    fetch: async (refs, session, signal) => {
      const outcomes: Outcome[] = [];
      for (const criteria of refs as readonly ListCriteria[]) {
        const listing = await connection.list(criteria, session, signal);
        outcomes.push(foundOf(listing));
      }
      return outcomes;
    },
  };
}

/** Its bytes are the names, so that what it holds in memory is counted. */
function foundOf(listing: Listing): ListedFound {
  const text = JSON.stringify(listing.map(({ name, tags }) => [name, [...tags]]));
  const version = createHash("sha256").update(text).digest("base64url").slice(0, 16);
  return { kind: "found", value: Secret.fromText(text), version, listing };
}

function isListed(found: Found): found is ListedFound {
  return "listing" in found;
}
