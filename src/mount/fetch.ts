import { MountError } from "../model/error.ts";
import type { Found, Outcome } from "../model/outcome.ts";
import type { MountPlan, PlannedObject } from "../model/plan.ts";
import type { Deadline } from "../fetch/deadline.ts";
import type { Answer, FetchLayer, Source } from "../fetch/fetch-layer.ts";
import type { Admitted } from "./admit.ts";
import { group, type Batch } from "./group.ts";

/** An object and what its store holds under it. */
export interface FetchedObject {
  readonly object: PlannedObject;
  readonly found: Found;
  readonly source: Source;
}

/**
 * Fetches every object of the plan at once, in plan order. Throws one MountError that names every object that could not
 * be had, first by index, or what was still waited for when the deadline came.
 */
export async function fetchAll(
  plan: MountPlan,
  admitted: Admitted,
  layer: FetchLayer,
  deadline: Deadline,
): Promise<readonly FetchedObject[]> {
  const waiting = new Set<Batch>();
  const volume = volumeName(admitted);
  const perBatch = group(plan.objects, admitted).map(async (batch) => {
    waiting.add(batch);
    const interval = plan.refreshInterval === undefined ? {} : { interval: plan.refreshInterval };
    const { session, store, wanted } = batch;
    const order = { store: store.store, session, wanted, volume, deadline: deadline.at, ...interval };
    const answers = await layer.fetch(order, deadline.signal);
    waiting.delete(batch);
    return wanted.flatMap((one, at) => one.objects.map((object) => ({ object, answer: answers[at] })));
  });
  const answered = await Promise.all(perBatch).catch((error: unknown) => {
    throw unanswered(MountError.from(error), waiting);
  });
  const inOrder = answered.flat().sort((a, b) => a.object.index - b.object.index);
  const [first, ...rest] = inOrder.flatMap(({ object, answer }) => problem(object, answer) ?? []);
  if (first !== undefined) throw MountError.all([first, ...rest]);
  return inOrder.flatMap(({ object, answer }) =>
    answer?.outcome.kind === "found" ? [{ object, found: answer.outcome, source: answer.source }] : [],
  );
}

/** Identifies the volume for as long as the pod lives; empty for callers that are no driver. */
export function volumeName({ volume }: Admitted): string {
  return volume.podUid === "" ? "" : `${volume.podUid} ${volume.targetPath}`;
}

function problem(object: PlannedObject, answer: Answer | undefined): MountError | undefined {
  const context = { index: object.index, object: object.name, store: object.store.name };
  const outcome: Outcome | undefined = answer?.outcome;
  if (outcome === undefined) return new MountError("internal", "the fetch layer left an object unanswered", context);
  if (outcome.kind === "missing") return new MountError("object_not_found", outcome.problem, context);
  return outcome.kind === "failed" ? outcome.error.within(context) : undefined;
}

/** Says which stores had not answered when the Mount's time was over. */
function unanswered(error: MountError, waiting: ReadonlySet<Batch>): MountError {
  if (error.reason !== "mount_timeout" || waiting.size === 0) return error;
  const names = [...waiting].map(({ store, wanted }) => {
    const objects = wanted.flatMap((one) => one.objects.map((object) => JSON.stringify(object.name)));
    const more = objects.length > 3 ? ` and ${objects.length - 3} more` : "";
    return `store ${store.name} (object ${objects.slice(0, 3).join(", ")}${more})`;
  });
  return new MountError("mount_timeout", `${error.message} from ${names.join("; ")}`, { cause: error });
}
