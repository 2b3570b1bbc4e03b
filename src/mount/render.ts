import { createHash } from "node:crypto";
import { MountError } from "../model/error.ts";
import { parseObjectPath, type VolumeFile } from "../model/file.ts";
import type { Found, FoundView, Tree } from "../model/outcome.ts";
import type { PlannedObject, RenderedObject, Selection, StandardOutput } from "../model/plan.ts";
import { Secret } from "../model/secret.ts";
import { decode } from "../text/codecs/encoding.ts";
import { createSelector, type Selector } from "../text/jmespath.ts";
import { treeBytes } from "../text/tree-bytes.ts";
import { parseTree } from "../text/tree.ts";
import type { FetchedObject } from "./fetch.ts";

/** What one object of the plan became. */
export interface Rendered {
  readonly object: PlannedObject;
  readonly output: RenderedObject;
}

/** Objects rendered before others get the thread for a moment. */
const turn = 20;

/** Makes the files of every object, in plan order. Throws one MountError that names every object that gives none. */
export async function render(fetched: readonly FetchedObject[], signal: AbortSignal): Promise<readonly Rendered[]> {
  const problems: MountError[] = [];
  const rendered: Rendered[] = [];
  const selectors: Selectors = new Map();
  for (const [at, { object, found }] of fetched.entries()) {
    if (at % turn === turn - 1) await letOthersRun();
    signal.throwIfAborted();
    try {
      rendered.push({ object, output: await renderObject(object, found, selectors, signal) });
    } catch (error) {
      const context = { index: object.index, object: object.name, store: object.store.name };
      problems.push(MountError.from(error).within(context));
    }
  }
  const [first, ...rest] = problems;
  if (first !== undefined) throw MountError.all([first, ...rest]);
  return rendered;
}

/** Objects of which several values are selected are read as data once. */
type Selectors = Map<Found, Selector | undefined>;

function renderObject(
  { output }: PlannedObject,
  found: Found,
  selectors: Selectors,
  signal: AbortSignal,
): RenderedObject | Promise<RenderedObject> {
  return output.kind === "custom" ? output.render(found, signal) : renderFiles(output, found, selectors);
}

function renderFiles(output: StandardOutput, fetched: Found, selectors: Selectors): RenderedObject {
  const views = output.views?.(fetched) ?? [{ name: "", found: fetched }];
  const rendered = views.map((view) => renderFile(output, view, selectors));
  return { files: rendered.map(({ file }) => file), versions: rendered.map(({ version }) => version) };
}

function renderFile(output: StandardOutput, { name, found }: FoundView, selectors: Selectors) {
  const { mode, select: selection, encoding } = output;
  const path = name === "" ? output.path : parseObjectPath(`${output.path}/${name}`);
  if (path === undefined) throw new MountError("path_invalid", "the driver would refuse the path of a file of it");
  const selected = selection === undefined ? found.value.reveal() : selectBytes(selection, found, selectors);
  const decoded = decode(selected, encoding);
  if (decoded.kind === "refused") {
    throw new MountError("decode_failed", `the stored text is not ${encoding}: ${decoded.problem}`);
  }
  const file: VolumeFile = { path, mode, content: new Secret(decoded.bytes) };
  return { file, version: { id: path, version: found.version + changeOf(output) } };
}

function letOthersRun(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function selectBytes(selection: Selection, found: Found, selectors: Selectors): Uint8Array {
  if (!selectors.has(found)) selectors.set(found, selectorOf(found));
  const select = selectors.get(found);
  if (select === undefined) throw new MountError("select_no_match", "jmesPath needs an object that is JSON or YAML");
  const bytes = treeBytes(select(selection) ?? null);
  if (bytes !== undefined) return bytes;
  throw new MountError(
    "select_no_match",
    `jmesPath ${JSON.stringify(selection.expression)} finds nothing in the object`,
  );
}

function selectorOf(found: Found): Selector | undefined {
  const tree: Tree | undefined = found.tree === undefined ? parseTree(found.value.reveal()) : found.tree();
  return tree === undefined ? undefined : createSelector(tree);
}

/** An edit of how the file is made changes the file, so it changes the version, although the store's stays. */
function changeOf({ select: selection, encoding }: StandardOutput): string {
  if (selection === undefined && encoding === "utf-8") return "";
  const text = JSON.stringify([selection?.expression ?? null, encoding]);
  return `-${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
}
