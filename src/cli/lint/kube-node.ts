import { follow, pairsOf, positionOf } from "../../text/yaml/nodes.ts";
import type { YamlMap, YamlNode, YamlScalar } from "../../text/yaml/syntax/node.ts";
import { mistake, type Mistake, type Position } from "./finding.ts";
import { kubeType } from "./kube-scalar.ts";

/** A value of a Kubernetes manifest: aliases followed, merge keys applied, scalars typed as kubectl types them. */
export interface KubeNode extends Position {
  /** `spec.secretObjects[0].type`; empty for the manifest itself. */
  readonly path: string;
  readonly kind: "nothing" | "text" | "boolean" | "number" | "list" | "map";
  /** A scalar as it was written, without quotes and escapes; empty for anything else. */
  readonly text: string;
  readonly scalar: YamlScalar | undefined;
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

/** Turns the parser's nodes of one document into ours. */
export class KubeReader {
  readonly #mistakes: Mistake[];

  /** Mistakes in the YAML itself, such as a field that is there twice, are added to `mistakes`. */
  constructor(mistakes: Mistake[]) {
    this.#mistakes = mistakes;
  }

  /** `place`: where a value stands that an alias takes from elsewhere. */
  read(written: YamlNode, path = "", place?: Position): KubeNode {
    const node = follow(written);
    const at = written.kind === "alias" ? (place ?? positionOf(written)) : positionOf(written);
    const empty = { ...at, path, text: "", scalar: undefined, items: [], fields: new Map<string, KubeField>() };
    if (node.kind === "scalar") return { ...empty, kind: kubeType(node), text: node.text, scalar: node };
    if (node.kind === "map") return { ...empty, kind: "map", fields: this.#fields(node, path) };
    return { ...empty, kind: "list", items: node.items.map((item, index) => this.read(item, `${path}[${index}]`, at)) };
  }

  #fields(map: YamlMap, path: string): ReadonlyMap<string, KubeField> {
    const own = new Map<string, KubeField>();
    const merged = new Map<string, KubeField>();
    for (const { key, node, value } of pairsOf(map)) {
      const at = positionOf(node);
      if (key === undefined) {
        this.#mistakes.push(mistake("yaml-invalid", at, "a field has no name", { fix: "name the field" }));
      } else if (isMergeKey(node)) {
        for (const field of this.#merged(value, path, at)) if (!merged.has(field.name)) merged.set(field.name, field);
      } else {
        const field = path === "" ? key : `${path}.${key}`;
        const written = follow(node);
        if (written.kind === "scalar" && kubeType(written) === "boolean") {
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
  #merged(value: YamlNode, path: string, at: Position): readonly KubeField[] {
    const node = this.read(value, path, at);
    const maps = node.kind === "list" ? node.items : [node];
    if (maps.some(({ kind }) => kind !== "map")) {
      const fix = "write an alias of a map, or a list of them";
      this.#mistakes.push(mistake("yaml-invalid", at, "<< needs a map or a list of maps", { fix }));
    }
    return maps.flatMap(({ fields }) => [...fields.values()]);
  }
}

function isMergeKey(key: YamlNode): boolean {
  if (key.kind !== "scalar" || key.text !== "<<") return false;
  return key.tag === "!!merge" || (key.style === "plain" && key.tag === "");
}
