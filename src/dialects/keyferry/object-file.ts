import { createHash } from "node:crypto";
import { MountError } from "../../model/error.ts";
import { parseObjectPath, type FileMode, type ObjectPath, type VolumeFile } from "../../model/file.ts";
import type { Found, FoundPart, Tree } from "../../model/outcome.ts";
import type { Encoding, Rendered, RenderContext } from "../../model/plan.ts";
import type { ObjectRead } from "../../model/read.ts";
import { Secret } from "../../model/secret.ts";
import { decode } from "../../text/codecs/encoding.ts";
import { createSelector, type Selection, type Selector } from "../../text/jmespath.ts";
import { treeBytes } from "../../text/tree-bytes.ts";
import { parseTree } from "../../text/tree.ts";

/** How one object becomes a file: selected, decoded, written with this mode. */
export interface ObjectFile {
  readonly path: ObjectPath;
  readonly mode: FileMode;
  readonly select: Selection | undefined;
  readonly encoding: Encoding;
}

/** The files of one object: one, or where its read gives named parts one for each, below its path. Throws MountError. */
export function renderObject(file: ObjectFile, read: ObjectRead, found: Found, { once }: RenderContext): Rendered {
  const rendered = read.parts(found).map((part) => renderPart(file, part, once));
  return { files: rendered.map((one) => one.file), versions: rendered.map(({ version }) => version) };
}

function renderPart(output: ObjectFile, { name, found }: FoundPart, once: RenderContext["once"]) {
  const { mode, select: selection, encoding } = output;
  const path = name === "" ? output.path : parseObjectPath(`${output.path}/${name}`);
  if (path === undefined) throw new MountError("path_invalid", "the driver would refuse the path of a file of it");
  const selected = selection === undefined ? found.value.reveal() : selectBytes(selection, found, once);
  const decoded = decode(selected, encoding);
  if (decoded.kind === "refused") {
    throw new MountError("decode_failed", `the stored text is not ${encoding}: ${decoded.problem}`);
  }
  const file: VolumeFile = { path, mode, content: new Secret(decoded.bytes) };
  return { file, version: { id: path, version: found.version + changeOf(output) } };
}

function selectBytes(selection: Selection, found: Found, once: RenderContext["once"]): Uint8Array {
  const select = once(found, () => selectorOf(found));
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
function changeOf({ select: selection, encoding }: ObjectFile): string {
  if (selection === undefined && encoding === "utf-8") return "";
  const text = JSON.stringify([selection?.expression ?? null, encoding]);
  return `-${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
}
