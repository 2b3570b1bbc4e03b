import { createHash } from "node:crypto";
import { MountError } from "../../model/error.ts";
import { parseObjectPath, type FileMode, type ObjectPath, type VolumeFile } from "../../model/file.ts";
import type { Found, FoundPart, Tree } from "../../model/outcome.ts";
import type { Encoding, Rendered, RenderContext } from "../../model/plan.ts";
import type { ObjectRead } from "../../model/read.ts";
import { Secret } from "../../model/secret.ts";
import { decode } from "../../text/codecs/encoding.ts";
import type { CompiledExpression } from "../../text/jmespath/index.ts";
import { createSelector, type Selector } from "../../text/jmespath/selector.ts";
import { isShortToRead, readTreeJob, unpackTree } from "../../text/read-tree.ts";
import { treeBytes } from "../../text/tree-bytes.ts";
import { parseTree } from "../../text/tree.ts";

/** How one object becomes a file: selected, decoded, written with this mode. */
export interface ObjectFile {
  readonly path: ObjectPath;
  readonly mode: FileMode;
  readonly select: CompiledExpression | undefined;
  readonly encoding: Encoding;
}

/** The files of one object: one, or where its read gives named parts one for each, below its path. Rejects with MountError. */
export async function renderObject(
  file: ObjectFile,
  read: ObjectRead,
  found: Found,
  context: RenderContext,
): Promise<Rendered> {
  const rendered: Awaited<ReturnType<typeof renderPart>>[] = [];
  for (const part of read.parts(found)) rendered.push(await renderPart(file, part, context));
  return { files: rendered.map((one) => one.file), versions: rendered.map(({ version }) => version) };
}

async function renderPart(output: ObjectFile, { name, found }: FoundPart, context: RenderContext) {
  const { mode, select: selection, encoding } = output;
  const path = name === "" ? output.path : parseObjectPath(`${output.path}/${name}`);
  if (path === undefined) throw new MountError("path_invalid", "the driver would refuse the path of a file of it");
  const selected = selection === undefined ? found.value.reveal() : await selectBytes(selection, found, context);
  const decoded = decode(selected, encoding);
  if (decoded.kind === "refused") {
    throw new MountError("decode_failed", `the stored text is not ${encoding}: ${decoded.problem}`);
  }
  const file: VolumeFile = { path, mode, content: new Secret(decoded.bytes) };
  return { file, version: { id: path, version: found.version + changeOf(output) } };
}

async function selectBytes(
  selection: CompiledExpression,
  found: Found,
  { once, run }: RenderContext,
): Promise<Uint8Array> {
  const select = await once(found, () => selectorOf(found, run));
  if (select === undefined) throw new MountError("select_no_match", "jmesPath needs an object that is JSON or YAML");
  const bytes = treeBytes(select(selection) ?? null);
  if (bytes !== undefined) return bytes;
  throw new MountError("select_no_match", `jmesPath ${JSON.stringify(selection.shown)} finds nothing in the object`);
}

/** Reads the object once for all that is selected from it; a large one where that holds up nobody. */
async function selectorOf(found: Found, run: RenderContext["run"]): Promise<Selector | undefined> {
  const tree = found.tree === undefined ? await readTree(found.value.reveal(), run) : found.tree();
  return tree === undefined ? undefined : createSelector(tree);
}

async function readTree(content: Uint8Array, run: RenderContext["run"]): Promise<Tree | undefined> {
  if (isShortToRead(content)) return parseTree(content);
  const packed = await run(readTreeJob, content);
  return packed === undefined ? undefined : unpackTree(packed);
}

/** An edit of how the file is made changes the file, so it changes the version, although the store's stays. */
function changeOf({ select: selection, encoding }: ObjectFile): string {
  if (selection === undefined && encoding === "utf-8") return "";
  const text = JSON.stringify([selection?.expression ?? null, encoding]);
  return `-${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
}
