import { MountError } from "../../model/error.ts";
import type { Tree } from "../../model/outcome.ts";
import type { RenderContext } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import { parseBase64 } from "../../text/codecs/base64.ts";
import { parseJson } from "../../text/json.ts";
import { isShortToRead, readTreeJob, unpackTree } from "../../text/read-tree.ts";
import { treeBytes } from "../../text/tree-bytes.ts";
import { parseTree } from "../../text/tree.ts";
import type { Processing } from "./dialect-entries.ts";

/** The bytes of the file that a value becomes. Rejects with MountError, which never holds the value. */
export async function processValue(
  value: Secret,
  name: string,
  processing: Processing,
  context: RenderContext,
): Promise<Secret> {
  if (processing.kind === "plain") return value;
  if (processing.kind === "base64") {
    const bytes = parseBase64(value.revealText());
    if (bytes !== undefined) return new Secret(Uint8Array.from(bytes));
    throw new MountError("object_unusable", `the value of ${name} is not base64 (standard alphabet, with padding)`);
  }
  const { form, key } = processing;
  const tree = await readMember(value.reveal(), form, context);
  if (typeof tree !== "object" || tree === null || Object.getPrototypeOf(tree) !== null) {
    throw new MountError("object_unusable", `the value of ${name} is no ${form} map`);
  }
  const member = (tree as Readonly<Record<string, Tree>>)[key];
  const bytes = member === undefined ? undefined : treeBytes(member);
  if (bytes !== undefined) return new Secret(Uint8Array.from(bytes));
  throw new MountError("select_no_match", `the value of ${name} has no member ${JSON.stringify(key.slice(0, 64))}`);
}

/** Undefined for what is not of the form. */
async function readMember(
  content: Uint8Array,
  form: "JSON" | "YAML",
  context: RenderContext,
): Promise<Tree | undefined> {
  if (!isShortToRead(content)) {
    const packed = await context.run(readTreeJob, content);
    return packed === undefined ? undefined : unpackTree(packed);
  }
  if (form === "YAML") return parseTree(content);
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch {
    return undefined;
  }
}
