import { createHash, createHmac } from "node:crypto";
import type { Found, FoundPart, Tree } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import { goJson, GoNumber, type GoJson } from "../../text/go/json.ts";
import { numberOf } from "../../text/json.ts";
import { parseAnswer, type VaultAnswer } from "./answer.ts";
import type { VaultRef } from "./language.ts";
import { pickValue, valueText } from "./pick.ts";
import { shownPath } from "./request.ts";

/** What the store finds: besides what every store gives, the answer as it was. */
export interface VaultFound extends Found {
  readonly answer: () => VaultAnswer;
}

/** An answer as the native dialect shows it: its data as JSON. `body` is taken over. */
export function contentOf(
  body: Secret,
  { request, knowsMountType }: VaultRef,
  version: string,
  parsed?: VaultAnswer,
): VaultFound {
  let known = parsed;
  const answer = () => (known ??= parseAnswer(body.reveal(), shownPath(request), knowsMountType));
  const value = Secret.fromText(goJson(answer().data));
  return {
    kind: "found",
    value,
    version,
    tree: () => treeOf(answer().data),
    entries: () => treeOf(entriesOf(answer().data)),
    answer,
  };
}

/** A KV version 2 answer without what surrounds the secret's own keys. */
function entriesOf(data: VaultAnswer["data"]): GoJson {
  const inner = data.get("data");
  return inner instanceof Map && data.get("metadata") instanceof Map ? (inner as GoJson) : data;
}

/** One key of the data, where the object names one. Throws MountError `select_no_match`. */
export function partsOf(found: Found, ref: VaultRef): readonly FoundPart[] {
  return [{ name: "", found: keyOf(found, ref) }];
}

function keyOf(found: Found, { key, request }: VaultRef): Found {
  if (key === "" || !isVaultFound(found)) return found;
  const value = pickValue(found.answer(), key, shownPath(request));
  const text = valueText(value);
  const change = createHash("sha256").update(key).digest("hex").slice(0, 8);
  return {
    kind: "found",
    value: Secret.fromText(text),
    version: `${found.version}-${change}`,
    tree: () => treeOf(value),
  };
}

/** Whether what was found is this store's. */
export function isVaultFound(found: Found): found is VaultFound {
  return "answer" in found;
}

/** The version and creation time of a KV version 2 secret, with a digest of what can change without either. */
function keyValueVersion({ data }: VaultAnswer): string | undefined {
  const metadata = data.get("metadata");
  if (!(metadata instanceof Map) || !(data.get("data") instanceof Map)) return undefined;
  const fields = metadata as ReadonlyMap<string, GoJson>;
  const [version, created] = [fields.get("version"), fields.get("created_time")];
  if (!(version instanceof GoNumber) || typeof created !== "string" || created === "") return undefined;
  const digest = createHash("sha256").update(goJson(fields)).digest("base64url").slice(0, 16);
  return `${version.digits}-${digest}`;
}

/**
 * The store's own version where it has one, else a digest of the data that is keyed, so that nobody can guess at the
 * data by it.
 */
export async function versionOf(answer: VaultAnswer, versionKey: () => Promise<Secret>): Promise<string> {
  const own = keyValueVersion(answer);
  if (own !== undefined) return own;
  const key = await versionKey();
  return createHmac("sha256", key.reveal()).update("vault\0").update(goJson(answer.data)).digest("base64url");
}

/** Data for JMESPath: numbers as they stand in the answer; text where no number can hold one. */
function treeOf(value: GoJson): Tree {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (value instanceof GoNumber) return numberTree(value.digits);
  if (value instanceof Map) {
    const tree = Object.create(null) as Record<string, Tree>;
    for (const [name, item] of value as ReadonlyMap<string, GoJson>) tree[name] = treeOf(item);
    return tree;
  }
  return (value as readonly GoJson[]).map(treeOf);
}

function numberTree(digits: string): Tree {
  const number = Number(digits);
  return Number.isFinite(number) ? numberOf(digits, number) : digits;
}
