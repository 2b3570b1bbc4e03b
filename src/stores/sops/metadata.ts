import type { WrappedKey } from "../../keys/key-service.ts";
import { invalid } from "./budget.ts";
import { limits } from "./limits.ts";
import { entryOf, type ListNode, type MapNode, type Node } from "./node.ts";
import { boolOf, parseSealed, type Sealed } from "./value.ts";
import { wholeSeconds } from "./time.ts";
import { ruleFields, type Rule } from "./zone.ts";

/** What a document says of itself. Only `sealedAt` is authenticated. */
export interface Metadata {
  readonly mac: Sealed;
  /** `lastmodified` to whole seconds, as it was authenticated together with the digest. */
  readonly sealedAt: string;
  readonly rule: Rule;
  readonly macOnlyEncrypted: boolean;
  /** One group: each entry wraps the data key. More: each wraps its group's share. Entries are in the order of attempts. */
  readonly groups: readonly (readonly WrappedKey[])[];
  /** Groups that must open; 1 when there is one. */
  readonly threshold: number;
}

/** Kinds of wrapped keys in the order of attempts, and the field that names the key. */
const kinds: readonly (readonly [string, string])[] = [
  ["age", "recipient"],
  ["pgp", "fp"],
  ["kms", "arn"],
  ["gcp_kms", "resource_id"],
  ["hckms", "key_id"],
  ["azure_kv", "name"],
  ["hc_vault", "key_name"],
];

/** Reads the metadata. Throws MountError `document_invalid` for what cannot be a document, whatever keys there are. */
export function readMetadata(map: MapNode): Metadata {
  const groups = groupsOf(map);
  const entries = groups.reduce((sum, group) => sum + group.length, 0);
  if (entries === 0) throw invalid("its metadata names no key that opens it");
  if (groups.length > limits.groups) throw invalid(`it has more than ${limits.groups} key groups`);
  if (entries > limits.entries) throw invalid(`it has more than ${limits.entries} wrapped keys`);
  return {
    mac: macOf(map),
    sealedAt: sealedAtOf(map),
    rule: ruleOf(map),
    macOnlyEncrypted: flagOf(map, "mac_only_encrypted"),
    groups,
    threshold: thresholdOf(map, groups.length),
  };
}

function macOf(map: MapNode): Sealed {
  const text = textOf(map, "mac") ?? "";
  if (text === "") throw invalid("its metadata has no mac");
  return parseSealed(text) ?? reject("its mac is not an encrypted value");
}

function sealedAtOf(map: MapNode): string {
  const node = entryOf(map, "lastmodified");
  const text = node?.kind === "text" || node?.kind === "time" ? node.text : reject("its metadata has no lastmodified");
  return wholeSeconds(text) ?? reject("its lastmodified is not an RFC 3339 time");
}

function ruleOf(map: MapNode): Rule {
  const rules = ruleFields.flatMap((field) => {
    const text = textOf(map, field) ?? "";
    return text === "" ? [] : [{ field, text }];
  });
  const [rule = { field: "unencrypted_suffix", text: "_unencrypted" } satisfies Rule, second] = rules;
  if (second !== undefined) throw invalid(`it has both ${rule.field} and ${second.field}; only one rule is allowed`);
  const { field, text } = rule;
  if (text.length > limits.pattern) throw invalid(`its ${field} is longer than ${limits.pattern} characters`);
  return rule;
}

function thresholdOf(map: MapNode, groups: number): number {
  const node = entryOf(map, "shamir_threshold");
  const text = node?.kind === "int" ? node.value.toString() : (textOf(map, "shamir_threshold") ?? "0");
  if (!/^[0-9]{1,3}$/.test(text)) throw invalid("its shamir_threshold is not a whole number");
  const number = Number(text);
  if (groups === 1) return 1;
  if (number === 0) return groups;
  if (number < 2 || number > groups) throw invalid(`its shamir_threshold is not from 2 to its ${groups} key groups`);
  return number;
}

function groupsOf(map: MapNode): readonly (readonly WrappedKey[])[] {
  const top = groupOf(map);
  if (top.length > 0) return [top];
  const groups = listOf(map, "key_groups");
  return groups.items.map((group) => (group.kind === "map" ? groupOf(group) : reject("a key group is not a map")));
}

function groupOf(map: MapNode): readonly WrappedKey[] {
  return kinds.flatMap(([kind, naming]) => {
    return listOf(map, kind).items.map((item) => {
      return item.kind === "map" ? wrappedOf(kind, naming, item) : reject(`an entry of ${kind} is not a map`);
    });
  });
}

function wrappedOf(kind: string, naming: string, map: MapNode): WrappedKey {
  const enc = textOf(map, "enc") ?? "";
  const id = textOf(map, naming) ?? "";
  if (enc === "") throw invalid(`an entry of ${kind} has no enc`);
  const context = entryOf(map, "context");
  return { kind, id, enc, fields: textsOf(map), context: context?.kind === "map" ? textsOf(context) : new Map() };
}

function textsOf(map: MapNode): ReadonlyMap<string, string> {
  return new Map(map.entries.flatMap(({ key, value }) => (value.kind === "text" ? [[key, value.text] as const] : [])));
}

/** Older writers leave `null` where a list is empty. */
function listOf(map: MapNode, field: string): ListNode {
  const node: Node | undefined = entryOf(map, field);
  if (node === undefined || node.kind === "null") return { kind: "list", items: [] };
  return node.kind === "list" ? node : reject(`its ${field} is not a list`);
}

function textOf(map: MapNode, field: string): string | undefined {
  const node = entryOf(map, field);
  if (node === undefined || node.kind === "null") return undefined;
  return node.kind === "text" ? node.text : reject(`its ${field} is not a text`);
}

function flagOf(map: MapNode, field: string): boolean {
  const node = entryOf(map, field);
  if (node === undefined || node.kind === "null") return false;
  const flag = node.kind === "text" ? boolOf(node.text) : node;
  return flag?.kind === "bool" ? flag.value : reject(`its ${field} is neither true nor false`);
}

function reject(problem: string): never {
  throw invalid(problem);
}
