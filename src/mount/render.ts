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

/** Entries rendered before others get the thread for a moment. */
const turn = 20;

/** Makes the files of every entry, in plan order. Throws one MountError that names every entry that gives none. */
export async function render(
  plan: MountPlan,
  fetched: ReadonlyMap<Read, FetchedRead>,
  context: RenderContext,
): Promise<readonly RenderedFile[]> {
  const problems: MountError[] = [];
  const rendered: RenderedFile[] = [];
  for (const [at, file] of plan.files.entries()) {
    if (at % turn === turn - 1) await letOthersRun();
    context.signal.throwIfAborted();
    const answers = file.reads.map((read) => fetched.get(read));
    try {
      rendered.push({ file, output: await file.render(answers, context) });
    } catch (error) {
      const [only, another] = file.reads;
      const store = only === undefined || another !== undefined ? undefined : fetched.get(only)?.candidate.store;
      problems.push(ofEntry(MountError.from(error), file, store));
    }
  }
  const [first, ...rest] = problems;
  if (first !== undefined) throw MountError.all([first, ...rest]);
  return rendered;
}

function letOthersRun(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
