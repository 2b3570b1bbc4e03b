import { follow, pairsOf, scalarText } from "../../text/yaml/nodes.ts";
import type { YamlNode } from "../../text/yaml/syntax/node.ts";
import { readYaml } from "../../text/yaml/yaml.ts";
import { nearest } from "../../text/nearest.ts";
import { mistake, type Mistake } from "./finding.ts";
import { templateMistake } from "./helm-template.ts";
import { fieldAt, KubeReader, type KubeNode } from "./kube-node.ts";
import { readProviderClass, type ProviderClass } from "./provider-class.ts";
import { readSecretSync, type SecretSync } from "./secret-sync.ts";

/** What a manifest file holds: its resources in order. Other kinds are skipped. */
export interface ManifestFile {
  readonly classes: readonly ProviderClass[];
  readonly syncs: readonly SecretSync[];
  /** What keeps the file, or a document of it, from being read. */
  readonly mistakes: readonly Mistake[];
  /** Whether a part of the file could not be read at all. */
  readonly broken: boolean;
}

/** API group of each kind that is checked, and the other kinds of that group. */
const kinds = {
  "secrets-store.csi.x-k8s.io": ["SecretProviderClass", "SecretProviderClassPodStatus"],
  "secret-sync.x-k8s.io": ["SecretSync"],
} as const;

/**
 * Reads every SecretProviderClass and SecretSync of a YAML or JSON text, in any number of documents or a `List`. A broken
 * document is one mistake, and the others are read all the same. Never throws.
 */
export function readManifests(text: string): ManifestFile {
  const read = readAll(text);
  const template = templateMistake(
    text,
    read.mistakes.some(({ rule }) => rule === "yaml-invalid"),
  );
  return template === undefined ? read : { classes: [], syncs: [], mistakes: [template], broken: true };
}

function readAll(text: string): ManifestFile {
  const yaml = readYaml(text, "any");
  const mistakes: Mistake[] = [];
  const [first] = yaml.problems;
  if (first !== undefined) {
    mistakes.push(mistake("yaml-invalid", first, first.message, { fix: "correct the YAML at this place" }));
  }
  const [classes, syncs]: [ProviderClass[], SecretSync[]] = [[], []];
  for (const document of yaml.documents) {
    for (const item of itemsOf(document.root)) {
      const found: Mistake[] = [];
      const root = new KubeReader(found).read(item);
      const kind = kindOf(root, found);
      if (kind === undefined) continue;
      mistakes.push(...found);
      if (kind === "SecretProviderClass") classes.push(readProviderClass(root, text));
      if (kind === "SecretSync") syncs.push(readSecretSync(root));
    }
  }
  return { classes, syncs, mistakes, broken: first !== undefined };
}

/** The resources of a document: itself, or the items of a List. */
function itemsOf(written: YamlNode): readonly YamlNode[] {
  const root = follow(written);
  if (root.kind !== "map") return [];
  const pairs = new Map(pairsOf(root).map(({ key, value }) => [key, value] as const));
  const found = pairs.get("items");
  const items = found === undefined ? undefined : follow(found);
  const isList = /^(?:SecretProviderClass|SecretSync)?List$/u.test(scalarText(pairs.get("kind")) ?? "");
  return isList && items?.kind === "list" ? items.items : [root];
}

/** The kind of a resource that is checked; a misspelt one of a known group is a mistake. */
function kindOf(root: KubeNode, mistakes: Mistake[]): "SecretProviderClass" | "SecretSync" | "misspelt" | undefined {
  const kind = fieldAt(root, "kind");
  if (kind?.text === "SecretProviderClass" || kind?.text === "SecretSync") return kind.text;
  const group = (fieldAt(root, "apiVersion")?.text ?? "").split("/")[0] ?? "";
  const known = Object.entries(kinds).find(([name]) => name === group)?.[1];
  if (known === undefined || known.some((name) => name === kind?.text)) return undefined;
  const meant = nearest(kind?.text ?? "", known) ?? known[0];
  const problem = kind === undefined ? "kind is missing" : `the API group ${group} has no such kind`;
  mistakes.push(mistake("kind-unknown", kind ?? root, problem, { field: "kind", fix: `write ${meant}` }));
  return "misspelt";
}
