import type { Share } from "../compute/shared-thread.ts";
import { MountError } from "../model/error.ts";
import {
  ofEntry,
  type MountPlan,
  type PlannedFile,
  type Read,
  type Rendered,
  type RenderContext,
} from "../model/plan.ts";
import type { FetchedRead } from "./fetch.ts";

/** What one entry of the plan became. */
export interface RenderedFile {
  readonly file: PlannedFile;
  readonly output: Rendered;
}

/** Makes the files of every entry, in plan order. Throws one MountError that names every entry that gives none. */
export async function render(
  plan: MountPlan,
  fetched: ReadonlyMap<Read, FetchedRead>,
  context: RenderContext,
  share: Share,
): Promise<readonly RenderedFile[]> {
  const problems: MountError[] = [];
  const rendered: RenderedFile[] = [];
  for (const file of plan.files) {
    await share.take();
    context.signal.throwIfAborted();
    const answers = file.reads.map((read) => fetched.get(read));
    try {
      rendered.push({ file, output: await file.render(answers, context) });
    } catch (error) {
      const [only, another] = file.reads;
      const store = only === undefined || another !== undefined ? undefined : fetched.get(only)?.candidate.store;
      const problem = ofEntry(MountError.from(error), file, store);
      problems.push(problem);
      // What costs too much once would cost it again for each of the others.
      if (problem.reason === "budget_exceeded") break;
    }
  }
  const [first, ...rest] = problems;
  if (first !== undefined) throw MountError.all([first, ...rest]);
  return rendered;
}
