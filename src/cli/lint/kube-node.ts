import { isMap, isScalar, isSeq, Scalar, type YAMLMap } from "yaml";
import { pairsOf, scalarText, startOf, type Nodes } from "../../text/yaml/nodes.ts";
import type { YamlText } from "../../text/yaml/yaml.ts";
import { mistake, type Mistake, type Position } from "./finding.ts";
import { kubeType } from "./kube-scalar.ts";

/** A value of a Kubernetes manifest: aliases followed, merge keys applied, scalars typed as kubectl types them. */
export interface KubeNode extends Position {
  /** `spec.secretObjects[0].type`; empty for the manifest itself. */
  readonly path: string;
  readonly kind: "nothing" | "text" | "boolean" | "number" | "list" | "map";
  /** A scalar as it was written, without quotes and escapes; empty for anything else. */
  readonly text: string;
  readonly scalar: Scalar | undefined;
  readonly items: readonly KubeNode[];
  /** Of a field that is there twice the later, as Helm and older clients take it. */
  readonly fields: ReadonlyMap<string, KubeField>;
}

/** A field of a map; its position is that of the key. */
export interface KubeField extends Position {
  readonly name: string;
  readonly value: KubeNode;
}

/** The value at the end of a path of fields; undefined where one of them is absent. */
export function fieldAt(node: KubeNode | undefined, ...path: readonly string[]): KubeNode | undefined {
  return path.reduce((found, name) => found?.fields.get(name)?.value, node);
}

/** Most values of one file, aliases counted as often as they are used. */
const maxNodes = 200_000;

/** Turns the parser's nodes of one document into ours. */
export class KubeReader {
  readonly #yaml: YamlText;
  readonly #nodes: Nodes;
  readonly #mistakes: Mistake[];
  /** Nodes being read: an alias to one of them would contain itself. */
  readonly #open = new Set<unknown>();
  #count = 0;

  /** Mistakes in the YAML itself, such as a field that is there twice, are added to `mistakes`. */
  constructor(yaml: YamlText, nodes: Nodes, mistakes: Mistake[]) {
    this.#yaml = yaml;
    this.#nodes = nodes;
    this.#mistakes = mistakes;
  }

  read(written: unknown, path = "", fallback: Position = { line: 1, column: 1 }): KubeNode {
    const node = this.#nodes.resolve(written);
    const at = isScalar(written) || isMap(written) || isSeq(written) ? this.#position(written) : fallback;
    const empty = { ...at, path, text: "", scalar: undefined, items: [], fields: new Map<string, KubeField>() };
    const nothing = { ...empty, kind: "nothing" as const };
    this.#count += 1;
    if (node === undefined && written !== null && written !== undefined) {
      return this.#refuse(nothing, "an alias has no anchor before it, or there are too many aliases");
    }
    if (this.#open.has(node)) return this.#refuse(nothing, "an anchor contains an alias to itself");
    if (this.#count > maxNodes)
      return this.#count === maxNodes + 1 ? this.#refuse(nothing, "it has too many values") : nothing;
    if (isScalar(node)) return { ...empty, kind: kubeType(node), text: scalarText(node) ?? "", scalar: node };
    if (!isSeq(node) && !isMap(node)) return nothing;
    this.#open.add(node);
    const read: KubeNode = isSeq(node)
      ? { ...empty, kind: "list", items: node.items.map((item, index) => this.read(item, `${path}[${index}]`, at)) }
      : { ...empty, kind: "map", fields: this.#fields(node, path) };
    this.#open.delete(node);
    return read;
  }

  #fields(map: YAMLMap, path: string): ReadonlyMap<string, KubeField> {
    const own = new Map<string, KubeField>();
    const merged = new Map<string, KubeField>();
    for (const { key, node, value } of pairsOf(map)) {
      const at = this.#position(node);
      if (key === undefined) {
        this.#mistakes.push(mistake("yaml-invalid", at, "a field has no name", { fix: "name the field" }));
      } else if (isMergeKey(node)) {
        for (const field of this.#merged(value, path, at)) if (!merged.has(field.name)) merged.set(field.name, field);
      } else {
        const field = path === "" ? key : `${path}.${key}`;
        if (isScalar(node) && kubeType(node) === "boolean") {
          const fix = "put quotes around it";
          this.#mistakes.push(mistake("field-type", at, "kubectl takes this name for true or false", { field, fix }));
        }
        if (own.has(key)) this.#mistakes.push(mistake("field-twice", at, "it is there twice", { field }));
        own.set(key, { ...at, name: key, value: this.read(value, field, at) });
      }
    }
    return new Map([...[...merged].filter(([name]) => !own.has(name)), ...own]);
  }

  /** The fields behind `<<`: of one map, or of a list of maps of which earlier ones win. */
  #merged(value: unknown, path: string, at: Position): readonly KubeField[] {
    const node = this.read(value, path, at);
    const maps = node.kind === "list" ? node.items : [node];
    if (maps.some(({ kind }) => kind !== "map")) {
      const fix = "write an alias of a map, or a list of them";
      this.#mistakes.push(mistake("yaml-invalid", at, "<< needs a map or a list of maps", { fix }));
    }
    return maps.flatMap(({ fields }) => [...fields.values()]);
  }

  #position(node: unknown): Position {
    return this.#yaml.position(startOf(node));
  }

  #refuse<T extends KubeNode>(node: T, problem: string): T {
    this.#mistakes.push(mistake("yaml-invalid", node, problem));
    return node;
  }
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && (key.type === undefined || key.type === Scalar.PLAIN);
}
