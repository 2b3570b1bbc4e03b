import { MountError } from "../../model/error.ts";
import type { Outcome } from "../../model/outcome.ts";
import { maxListed, type ListCriteria, type ListedObject, type Listing, type ObjectRead } from "../../model/read.ts";
import type { VaultRef } from "./language.ts";
import { listQuery, parseSecretPath } from "./request.ts";

/** Most folders that one listing looks into, and levels of them. */
const most = { folders: 1000, depth: 32 } as const;

/** A folder of a KV engine. */
interface Folder {
  /** Before names of secrets, as `objectName` spells them; with a slash at the end. */
  readonly prefix: string;
  /** What is asked for its keys: from the root, clean. */
  readonly listed: string;
  readonly depth: number;
}

/**
 * Every secret below a folder of a KV engine, depth first, in the order of the server; of version 2 where the path has
 * `data` in it, as objects of that engine do. A listing does not tell whether a secret of version 2 has been deleted.
 * Rejects with MountError.
 */
export async function listFolder(
  criteria: ListCriteria,
  readOf: (ref: VaultRef) => ObjectRead<VaultRef>,
  read: (ref: VaultRef) => Promise<Outcome>,
  signal: AbortSignal,
): Promise<Listing<VaultRef>> {
  const waiting: Folder[] = [folderOf(criteria)];
  const found: ListedObject<VaultRef>[] = [];
  let asked = 0;
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    signal.throwIfAborted();
    asked += 1;
    const { prefix, listed, depth } = folder;
    const keys = keysOf(await read({ request: requestOf(listed, listQuery), key: "" }));
    const folders = keys.filter((key) => key.endsWith("/") && !["/", "./", "../"].includes(key));
    const isTooMuch = found.length + keys.length > maxListed || asked + waiting.length + folders.length > most.folders;
    if (isTooMuch || depth > most.depth) throw tooMuch();
    for (const key of keys) {
      // Not names of secrets, and no path may leave its folder.
      if (key.endsWith("/") || ["", ".", ".."].includes(key)) continue;
      const name = prefix + key;
      const ref = { request: requestOf(`/v1/${name}`, ""), key: "" };
      found.push({ name, tags: new Map(), read: readOf(ref), certain: false });
    }
    // The last one is the next.
    for (const key of folders.reverse()) {
      waiting.push({ prefix: prefix + key, listed: `${listed}/${key.slice(0, -1)}`, depth: depth + 1 });
    }
  }
  return found;
}

/** The folder that `path` names, or a prefix up to its last slash. Throws MountError `parameter_invalid`. */
function folderOf({ path, prefix }: ListCriteria): Folder {
  const written = path === "" ? prefix.slice(0, prefix.lastIndexOf("/") + 1) : path;
  const clean = parsed(written);
  const segments = clean.split("/").slice(2);
  if (segments.length === 0) {
    throw new MountError("parameter_invalid", "find needs path: a folder such as secret/data/shop/");
  }
  // The mount may have several segments; it comes first.
  const data = segments.indexOf("data", 1);
  const listed = segments.map((segment, at) => (at === data ? "metadata" : segment)).join("/");
  return { prefix: `${segments.join("/")}/`, listed: `/v1/${listed}`, depth: 0 };
}

function parsed(name: string): string {
  const path = parseSecretPath(name);
  if (path.kind === "path" && path.query === "") return path.path;
  throw new MountError("parameter_invalid", "path of find is no folder; write one such as secret/data/shop/");
}

function requestOf(path: string, query: string): VaultRef["request"] {
  return { method: "GET", path, query, body: undefined };
}

/** Keys of a folder; one that is not there has none. */
function keysOf(outcome: Outcome): readonly string[] {
  if (outcome.kind === "missing") return [];
  if (outcome.kind === "failed") throw outcome.error;
  const tree = outcome.tree?.();
  const keys: unknown =
    typeof tree === "object" && tree !== null && Object.hasOwn(tree, "keys")
      ? (tree as Readonly<Record<string, unknown>>)["keys"]
      : undefined;
  if (Array.isArray(keys) && keys.every((key) => typeof key === "string")) return keys;
  throw new MountError(
    "store_protocol",
    "the server's listing has no keys; check that path is a folder of a KV engine",
  );
}

function tooMuch(): MountError {
  const bounds = `${maxListed} secrets, ${most.folders} folders or ${most.depth} levels`;
  return new MountError("parameter_invalid", `find: there are more than ${bounds} below path; narrow it`);
}
