import { createHash } from "node:crypto";
import { MountError } from "../../model/error.ts";
import type { Found, Tree } from "../../model/outcome.ts";
import type { Encoding, RenderContext } from "../../model/plan.ts";
import { decode, decodeAs, type Decoding } from "../../text/codecs/encoding.ts";
import type { CompiledExpression } from "../../text/jmespath/index.ts";
import { createSelector, type Selector } from "../../text/jmespath/selector.ts";
import { isShortToRead, readTreeJob, unpackTree } from "../../text/read-tree.ts";
import { treeBytes } from "../../text/tree-bytes.ts";
import { parseTree } from "../../text/tree.ts";

/** How the value of an entry is made of what its object holds. */
export interface ValueSpec {
  readonly select: CompiledExpression | undefined;
  readonly encoding: Encoding;
  readonly decoding: Decoding | undefined;
}

/** The bytes that a file of the object gets. Rejects with MountError. */
export async function valueBytes(spec: ValueSpec, found: Found, context: RenderContext): Promise<Uint8Array> {
  if (spec.select === undefined) return decodedBytes(spec, found.value.reveal());
  const bytes = treeBytes((await selected(spec.select, found, context)) ?? null);
  if (bytes === undefined) throw nothingSelected(spec.select);
  return decodedBytes(spec, bytes);
}

/**
 * The value as data: what is selected; without a selection what the store or the object's own text says, and the text
 * itself where that is neither a map nor a list. Rejects with MountError.
 */
export async function valueData(spec: ValueSpec, found: Found, context: RenderContext): Promise<Tree> {
  if (spec.encoding !== "utf-8" || spec.decoding !== undefined)
    return textOrBytes(await valueBytes(spec, found, context));
  if (spec.select !== undefined) {
    const tree = await selected(spec.select, found, context);
    if (tree === undefined) throw nothingSelected(spec.select);
    return tree;
  }
  const tree = found.tree === undefined ? await structured(found, context) : found.tree();
  return isStructured(tree) ? tree : textOrBytes(found.value.reveal());
}

/** Whether the object lacks what the entry wants of it: a sentence that says so. Rejects with MountError. */
export async function lacking(
  { select }: ValueSpec,
  found: Found,
  context: RenderContext,
): Promise<string | undefined> {
  if (select === undefined) return undefined;
  return (await selected(select, found, context)) === undefined ? nothingSelected(select).message : undefined;
}

/** A scalar of a map as the file that it becomes: decoded where the entry says so. Undefined for null. */
export function itemBytes(spec: Pick<ValueSpec, "encoding" | "decoding">, item: Tree): Uint8Array | undefined {
  const bytes = treeBytes(item);
  return bytes === undefined ? undefined : decodedBytes(spec, bytes);
}

/** An edit of how the value is made changes it, so it changes the version, although the store's stays. */
export function changeOf({ select, encoding, decoding }: ValueSpec, more: readonly unknown[] = []): string {
  if (select === undefined && encoding === "utf-8" && decoding === undefined && more.length === 0) return "";
  const how = [select?.expression ?? null, encoding, ...(decoding === undefined ? [] : [decoding]), ...more];
  return `-${createHash("sha256").update(JSON.stringify(how)).digest("hex").slice(0, 8)}`;
}

/** Whether a tree is a map or a list, in contrast to one value. */
export function isStructured(tree: Tree | undefined): tree is readonly Tree[] | Readonly<Record<string, Tree>> {
  if (tree === undefined || tree === null || typeof tree !== "object" || ArrayBuffer.isView(tree)) return false;
  return (
    Array.isArray(tree) || Object.getPrototypeOf(tree) === null || Object.getPrototypeOf(tree) === Object.prototype
  );
}

/** Bytes as text where they are UTF-8. */
export function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

function decodedBytes({ encoding, decoding }: Pick<ValueSpec, "encoding" | "decoding">, bytes: Uint8Array): Uint8Array {
  const decoded = decoding === undefined ? decode(bytes, encoding) : decodeAs(bytes, decoding);
  if (decoded.kind === "decoded") return decoded.bytes;
  throw new MountError("decode_failed", `the stored text is not ${decoding ?? encoding}: ${decoded.problem}`);
}

async function selected(select: CompiledExpression, found: Found, context: RenderContext): Promise<Tree | undefined> {
  const selector = await context.once(found, () => selectorOf(found, context));
  if (selector === undefined) throw new MountError("select_no_match", "jmesPath needs an object that is JSON or YAML");
  return selector(select);
}

/** Reads the object once for all that is selected from it; a large one where that holds up nobody. */
async function selectorOf(found: Found, context: RenderContext): Promise<Selector | undefined> {
  const tree = found.tree === undefined ? await readTree(found.value.reveal(), context) : found.tree();
  return tree === undefined ? undefined : createSelector(tree);
}

async function readTree(content: Uint8Array, { run }: RenderContext): Promise<Tree | undefined> {
  if (isShortToRead(content)) return parseTree(content);
  const packed = await run(readTreeJob, content);
  return packed === undefined ? undefined : unpackTree(packed);
}

/** Only a text that starts like a JSON map or list is read as one: every text is YAML, and most are meant as text. */
async function structured(found: Found, context: RenderContext): Promise<Tree | undefined> {
  const content = found.value.reveal();
  const start = Buffer.from(content.subarray(0, 64)).toString("latin1").trimStart();
  return start.startsWith("{") || start.startsWith("[") ? readTree(content, context) : undefined;
}

function nothingSelected(select: CompiledExpression): MountError {
  return new MountError("select_no_match", `jmesPath ${JSON.stringify(select.shown)} finds nothing in the object`);
}
