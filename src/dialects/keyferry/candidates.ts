import type { Candidate, FallbackCause, PlannedStore } from "../../model/plan.ts";
import { MountError } from "../../model/error.ts";
import type { Found } from "../../model/outcome.ts";
import type { RenderContext } from "../../model/plan.ts";
import type { ObjectRead } from "../../model/read.ts";
import type { Reader } from "../../text/yaml/reader.ts";
import { finishEntry, readObject, readStore, readValueSpec, type EntryContext } from "./entry.ts";
import { extractionProblem, type Extraction } from "./extract.ts";
import type { WhenMissing } from "./missing.ts";
import { Overlay } from "./overlay.ts";
import { lacking, type ValueSpec } from "./value.ts";

/** A candidate, and how the entry's value is made of what it has. */
export interface ObjectCandidate extends Candidate {
  readonly spec: ValueSpec;
}

interface CandidateSettings {
  readonly context: EntryContext;
  readonly extraction: Extraction | undefined;
  readonly missing: WhenMissing;
}

const causes: readonly FallbackCause[] = ["missing", "unavailable", "denied"];

/** What of an entry holds for a fallback in a store of another kind; where the kind is the same, all fields do. */
const always = ["objectName", "jmesPath", "objectEncoding", "decode"];

/** The entry's own object, then its fallbacks. Undefined where there was an issue with one of them. */
export function readCandidates(
  reader: Reader,
  objectName: string,
  settings: CandidateSettings,
): readonly [ObjectCandidate, ...ObjectCandidate[]] | undefined {
  const { context } = settings;
  const store = readStore(reader, context);
  const spec = readValueSpec(reader);
  const read = store === undefined ? undefined : readObject(reader, objectName, store, context);
  const fallbacks = reader.parts("fallback");
  // What nobody asks for is free to make, so presence is looked for only where it counts.
  const judges = fallbacks.length > 0 || settings.missing.kind !== "fail";
  const candidateOf = (planned: PlannedStore, object: ObjectRead, own: ValueSpec, on: readonly FallbackCause[]) => ({
    store: planned,
    read: object,
    spec: own,
    on,
    lacks: (found: Found, rendering: RenderContext) =>
      judges ? lacksValue(object, own, settings.extraction, found, rendering) : Promise.resolve(undefined),
  });
  const more = fallbacks.map((own) => {
    const planned = readStore(own, context, store);
    const sameKind = planned !== undefined && planned.store.kind === store?.store.kind;
    const fields = new Overlay(own, reader, sameKind ? undefined : always);
    const on = (own.texts("on") ?? ["missing", "unavailable"]).filter((cause) => isCause(cause, own));
    const name = own.text("objectName") ?? objectName;
    const ownSpec = readValueSpec(fields);
    const object = planned === undefined ? undefined : readObject(fields, name, planned, context);
    finishEntry(own, planned);
    return planned === undefined || object === undefined ? undefined : candidateOf(planned, object, ownSpec, on);
  });
  finishEntry(reader, store);
  if (store === undefined || read === undefined || !more.every((one) => one !== undefined)) return undefined;
  return [candidateOf(store, read, spec, []), ...more];
}

function isCause(text: string, own: Reader): text is FallbackCause {
  if (causes.some((cause) => cause === text)) return true;
  own.refuse("on", "it is not a known cause", `write some of: ${causes.join(", ")}`);
  return false;
}

/** Why the entry's value is not in what was found; undefined where it is. */
async function lacksValue(
  read: ObjectRead,
  spec: ValueSpec,
  extraction: Extraction | undefined,
  found: Found,
  context: RenderContext,
): Promise<string | undefined> {
  try {
    const parts = read.parts(found);
    const [part] = parts;
    if (part === undefined || parts.length > 1) return undefined;
    if (extraction === undefined) return await lacking(spec, part.found, context);
    return await extractionProblem(extraction, spec, part.found, context);
  } catch (thrown) {
    const error = MountError.from(thrown);
    if (error.reason === "select_no_match") return error.message;
    throw error;
  }
}
