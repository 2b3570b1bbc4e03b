import { isMap, isScalar, isSeq, type Document } from "yaml";
import { isNothing, Nodes, pairsOf, scalarText, startOf } from "../../text/yaml/nodes.ts";
import { readYaml, type YamlText } from "../../text/yaml/yaml.ts";
import { parameterPosition } from "./parameter-position.ts";

/** A line and column of a file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One mistake in a manifest file that keeps it, or a part of it, from being read. */
export interface ManifestProblem extends Position {
  readonly problem: string;
  readonly fix: string;
}

/** One entry of `spec.secretObjects`: what the driver copies into a Kubernetes Secret. */
export interface SecretObject {
  readonly position: Position;
  readonly secretName: string | undefined;
  readonly type: string | undefined;
  readonly items: readonly {
    readonly position: Position;
    readonly objectName: string | undefined;
    readonly key: string | undefined;
  }[];
}

/** One SecretProviderClass of a file. */
export interface Manifest {
  readonly name: string;
  readonly namespace: string | undefined;
  /** Empty when the manifest names none. */
  readonly provider: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly secretObjects: readonly SecretObject[];
  /** Where the manifest itself starts. */
  readonly position: Position;
  /** What is wrong with the manifest's outer form. */
  readonly problems: readonly ManifestProblem[];
  /** Where a field of the manifest stands, such as `spec.provider`; the nearest outer one if it is absent. */
  positionOf(path: readonly string[]): Position;
  /** Where a line and column of a parameter's own text stand in the file. */
  locate(parameter: string | undefined, line?: number, column?: number): Position;
}

/** What a manifest file holds: its SecretProviderClasses in order. Other kinds are passed over. */
export interface ManifestFile {
  readonly manifests: readonly Manifest[];
  /** Not YAML: then there are no manifests. */
  readonly problems: readonly ManifestProblem[];
}

/** API versions of SecretProviderClass; the second is deprecated but still served. */
const apiVersions = ["secrets-store.csi.x-k8s.io/v1", "secrets-store.csi.x-k8s.io/v1alpha1"];

/** Reads every SecretProviderClass of a YAML or JSON text, in any number of documents or a `List`. Never throws. */
export function readManifests(text: string): ManifestFile {
  const yaml = readYaml(text);
  if (yaml.problems.length > 0) {
    const fix = "correct the YAML";
    return {
      manifests: [],
      problems: yaml.problems.map(({ message, line, column }) => ({ problem: message, fix, line, column })),
    };
  }
  const manifests = yaml.documents.flatMap((document) => {
    const nodes = new Nodes(document);
    return itemsOf(document, nodes).map((node) => new ManifestReader(text, yaml, nodes, node).manifest());
  });
  return { manifests, problems: [] };
}

/** The SecretProviderClass nodes of a document: itself, or the items of a List. */
function itemsOf(document: Document.Parsed, nodes: Nodes): unknown[] {
  const root: unknown = document.contents;
  const items = kindOf(nodes, root) === "List" ? childOf(nodes, root, "items") : undefined;
  const candidates: readonly unknown[] = isSeq(items) ? items.items.map((item) => nodes.resolve(item)) : [root];
  return candidates.filter((node) => kindOf(nodes, node) === "SecretProviderClass");
}

function kindOf(nodes: Nodes, node: unknown): string | undefined {
  return scalarText(childOf(nodes, node, "kind"));
}

function childOf(nodes: Nodes, node: unknown, key: string): unknown {
  if (!isMap(node)) return undefined;
  return nodes.resolve(pairsOf(node).find((pair) => pair.key === key)?.value);
}

class ManifestReader {
  readonly #problems: ManifestProblem[] = [];
  readonly #text: string;
  readonly #yaml: YamlText;
  readonly #nodes: Nodes;
  readonly #root: unknown;

  constructor(text: string, yaml: YamlText, nodes: Nodes, root: unknown) {
    this.#text = text;
    this.#yaml = yaml;
    this.#nodes = nodes;
    this.#root = root;
  }

  manifest(): Manifest {
    this.#checkVersion();
    const scalars = new Map<string, unknown>();
    const parameters = this.#parameters(scalars);
    const name = this.#scalar(["metadata", "name"]) ?? "";
    if (name === "") this.#refuse(this.#root, "metadata.name is missing", "name the SecretProviderClass");
    const positionOf = (path: readonly string[]): Position => this.#position(this.#nearest(path));
    return {
      name,
      namespace: this.#scalar(["metadata", "namespace"]),
      provider: this.#scalar(["spec", "provider"]) ?? "",
      parameters,
      secretObjects: this.#secretObjects(),
      position: this.#position(this.#root),
      problems: this.#problems,
      positionOf,
      locate: (parameter, line, column) => {
        const node = parameter === undefined ? undefined : scalars.get(parameter);
        if (!isScalar(node)) return positionOf(["spec", "parameters"]);
        return parameterPosition(this.#text, node, this.#position(node), line, column);
      },
    };
  }

  #checkVersion(): void {
    const node = this.#get(["apiVersion"]);
    const version = scalarText(node);
    if (version === apiVersions[0]) return;
    const problem = version === apiVersions[1] ? `apiVersion ${version} is deprecated` : "apiVersion is not known";
    this.#refuse(node ?? this.#root, problem, `write ${apiVersions[0] ?? ""}`);
  }

  #parameters(scalars: Map<string, unknown>): Map<string, string> {
    const parameters = new Map<string, string>();
    const map = this.#get(["spec", "parameters"]);
    if (!isMap(map)) {
      if (!isNothing(map)) this.#refuse(map, "spec.parameters is not a map", "write one line for each parameter");
      return parameters;
    }
    for (const pair of pairsOf(map)) {
      const node = this.#nodes.resolve(pair.value);
      const value = isNothing(node) ? "" : scalarText(node);
      if (pair.key === undefined || value === undefined) {
        const name = pair.key === undefined ? "a parameter" : `parameter ${pair.key}`;
        this.#refuse(node, `${name} is not a text`, 'write it as a block of text: put "|" after the colon');
        continue;
      }
      if (parameters.has(pair.key)) this.#refuse(node, `parameter ${pair.key} is there twice`, "keep one of them");
      parameters.set(pair.key, value);
      scalars.set(pair.key, node);
    }
    return parameters;
  }

  #secretObjects(): SecretObject[] {
    return this.#list(this.#get(["spec", "secretObjects"])).map((entry) => ({
      position: this.#position(entry),
      secretName: this.#field(entry, "secretName"),
      type: this.#field(entry, "type"),
      items: this.#list(childOf(this.#nodes, entry, "data")).map((item) => ({
        position: this.#position(item),
        objectName: this.#field(item, "objectName"),
        key: this.#field(item, "key"),
      })),
    }));
  }

  #list(node: unknown): readonly unknown[] {
    return isSeq(node) ? node.items.map((item) => this.#nodes.resolve(item)) : [];
  }

  #field(node: unknown, key: string): string | undefined {
    return scalarText(childOf(this.#nodes, node, key));
  }

  #get(path: readonly string[]): unknown {
    return path.reduce((node, key) => childOf(this.#nodes, node, key), this.#root);
  }

  #scalar(path: readonly string[]): string | undefined {
    const node = this.#get(path);
    return isNothing(node) ? undefined : scalarText(node);
  }

  #nearest(path: readonly string[]): unknown {
    const node = this.#get(path);
    return node !== undefined || path.length === 0 ? node : this.#nearest(path.slice(0, -1));
  }

  #position(node: unknown): Position {
    return this.#yaml.position(startOf(node));
  }

  #refuse(node: unknown, problem: string, fix: string): void {
    this.#problems.push({ ...this.#position(node ?? this.#root), problem, fix });
  }
}
