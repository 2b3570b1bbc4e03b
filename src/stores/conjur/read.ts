import { limitedAll } from "../../http/limited-all.ts";
import type { MountError } from "../../model/error.ts";
import type { Outcome } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import { pathPart } from "./address.ts";
import type { ConjurCall, ConjurReply } from "./call.ts";
import { accessDenied, errorCode, failureOf, garbled, notThere, otherRefusal } from "./errors.ts";
import type { ConjurParams, ConjurRef } from "./params.ts";

/** Asks the session's server with its token; a token that is refused has been replaced. Rejects with MountError. */
export type Ask = (call: Omit<ConjurCall, "step" | "token">) => Promise<ConjurReply>;

/** What reads are made with. */
export interface Reading {
  readonly params: ConjurParams;
  readonly ask: Ask;
  /** The version of content that the store gives no version of. */
  version(ref: ConjurRef, value: Uint8Array): string;
}

/** Longest list of ids in a URL, in bytes: with path and address it stays below the 8 KiB that servers take. */
const maxQuery = 7_500;

/** Most requests that one read of a session has under way at once. */
const maxCalls = 8;

/** One outcome for each ref, in order. Rejects with MountError where the server as a whole could not be asked. */
export async function readVariables(refs: readonly ConjurRef[], reading: Reading): Promise<readonly Outcome[]> {
  const alone = refs.filter(isAlone);
  const ids = [...new Set(refs.filter((ref) => !isAlone(ref)).map(({ id }) => id))];
  const [singles, batched] = await Promise.all([
    limitedAll(alone, maxCalls, (ref) => readOne(ref, reading)),
    readBatches(cut(ids, reading.params), reading),
  ]);
  const single = new Map(alone.map((ref, at) => [ref, singles[at]]));
  return refs.map((ref) => single.get(ref) ?? batched.get(ref.id) ?? failed(garbled("a variable was left unanswered")));
}

/** The server splits the list of a batch at commas, and gives the latest versions only. */
function isAlone({ id, version }: ConjurRef): boolean {
  return version !== undefined || id.includes(",");
}

type Ids = readonly string[];

/** What one request came to: outcomes, and what is to be asked for again, in smaller parts. */
interface Answered {
  readonly known: readonly (readonly [id: string, outcome: Outcome])[];
  readonly open: readonly Ids[];
}

/** Outcomes by id: as many rounds of requests as it takes until every variable has an answer of its own. */
async function readBatches(first: readonly Ids[], reading: Reading): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for (let batches = first; batches.length > 0;) {
    const answers = await limitedAll(batches, maxCalls, (ids) => readBatch(ids, reading));
    for (const [id, outcome] of answers.flatMap(({ known }) => known)) outcomes.set(id, outcome);
    batches = answers.flatMap(({ open }) => open);
  }
  return outcomes;
}

/**
 * One request for all. The server refuses the whole for one variable, and names the first that is missing, or none that is
 * denied: what is named is left out of the next, else each half is asked for by itself.
 */
async function readBatch(ids: Ids, reading: Reading): Promise<Answered> {
  const { params, ask } = reading;
  const query = `?variable_ids=${queryOf(ids, params)}`;
  const reply = await ask({ path: "/secrets/", query, base64: true });
  if (reply.status === 200) return { known: valuesOf(reply, ids, reading), open: [] };
  const failure = failureOf(reply, params, "reading");
  if (failure !== undefined) throw failure;
  const [only, ...more] = ids;
  if (only !== undefined && more.length === 0) return { known: [[only, refusalOf(reply, only, params)]], open: [] };
  const named = missingIn(reply, ids, params);
  if (named !== undefined) {
    const outcome: Outcome = { kind: "missing", problem: notThere(params.account, named) };
    return { known: [[named, outcome]], open: [ids.filter((one) => one !== named)] };
  }
  const half = Math.ceil(ids.length / 2);
  return { known: [], open: [ids.slice(0, half), ids.slice(half)] };
}

/** A variable by itself: the raw value. */
async function readOne(ref: ConjurRef, { params, ask, version }: Reading): Promise<Outcome> {
  const path = `/secrets/${pathPart(params.account)}/variable/${pathPart(ref.id)}`;
  const reply = await ask({ path, query: ref.version === undefined ? "" : `?version=${ref.version}` });
  const failure = failureOf(reply, params, "reading");
  if (failure !== undefined) throw failure;
  if (reply.status !== 200) return refusalOf(reply, ref.id, params);
  if ((reply.headers["content-type"] ?? "").startsWith("text/html")) return failed(garbled("the answer is a web page"));
  return { kind: "found", value: new Secret(Uint8Array.from(reply.body)), version: version(ref, reply.body) };
}

function refusalOf(reply: ConjurReply, id: string, { account }: ConjurParams): Outcome {
  const what = JSON.stringify(id);
  if (reply.status === 403) return failed(accessDenied(what));
  if (reply.status !== 404) return failed(otherRefusal(reply, what));
  // Absence is for the server to say: a proxy that knows no such path says 404, too.
  if (errorCode(reply)?.code === "not_found") return { kind: "missing", problem: notThere(account, id) };
  return failed(garbled("the answer is 404 Not Found, and not in Conjur's words"));
}

/** The variable that a refusal names. */
function missingIn(reply: ConjurReply, ids: readonly string[], { account }: ConjurParams): string | undefined {
  const error = reply.status === 404 ? errorCode(reply) : undefined;
  if (error?.code !== "not_found") return undefined;
  const full = /Variable (.+) is empty or not found/su.exec(error.message)?.[1];
  return full === undefined ? undefined : ids.find((id) => full === `${account}:variable:${id}`);
}

function valuesOf(reply: ConjurReply, ids: Ids, { params, version }: Reading): Answered["known"] {
  // Without that header nobody knows whether values are base64 or look like it.
  const isBase64 = (reply.headers["content-encoding"] ?? "").toLowerCase() === "base64";
  if (!isBase64) throw garbled("the answer is not in base64, as it was asked for");
  const values = parseAnswer(reply.body);
  return ids.map((id): Answered["known"][number] => {
    const text = values.get(`${params.account}:variable:${id}`);
    const value = text === undefined ? undefined : bytesOf(text);
    if (value === undefined) return [id, failed(garbled(`the answer has no value of ${JSON.stringify(id)}`))];
    return [id, { kind: "found", value: new Secret(value), version: version({ id, version: undefined }, value) }];
  });
}

function parseAnswer(body: Uint8Array): ReadonlyMap<string, string> {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    throw garbled("the answer is not JSON");
  }
  if (typeof answer !== "object" || answer === null) throw garbled("the answer is not a map of variables");
  return new Map(Object.entries(answer).flatMap(([id, text]) => (typeof text === "string" ? [[id, text]] : [])));
}

/** Line breaks and missing padding do not count; undefined for what is no base64. */
function bytesOf(text: string): Uint8Array | undefined {
  const joined = text.replace(/\s+/gu, "");
  return /^[A-Za-z0-9+/]*={0,2}$/u.test(joined) ? Uint8Array.from(Buffer.from(joined, "base64")) : undefined;
}

/** Full ids as one value of a query, escaped as Go's `url.QueryEscape` does: a blank is `+` there. */
function queryOf(ids: readonly string[], { account }: ConjurParams): string {
  const list = ids.map((id) => `${account}:variable:${id}`).join(",");
  const marks = (mark: string) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(list)
    .replaceAll("%20", "+")
    .replaceAll(/[!'()*]/gu, marks);
}

/** The ids in requests that are short enough. */
function cut(ids: readonly string[], params: ConjurParams): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let size = Infinity;
  for (const id of ids) {
    const own = queryOf([id], params).length + "%2C".length;
    if (size + own > maxQuery) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(id);
    size += own;
  }
  return parts;
}

function failed(error: MountError): Outcome {
  return { kind: "failed", error };
}
