import { nearest } from "../../text/nearest.ts";
import { shownName } from "../../text/shown-name.ts";
import { mistake, type Mistake } from "./finding.ts";
import type { KubeField, KubeNode } from "./kube-node.ts";

/** What a value of a resource may be, as its schema says. */
export type Shape =
  | { readonly is: "text" }
  | { readonly is: "anything" }
  /** A map of texts. `lenient`: empty values are taken for empty texts. */
  | { readonly is: "texts"; readonly lenient?: true }
  | { readonly is: "list"; readonly of: Shape }
  | { readonly is: "object"; readonly fields: Readonly<Record<string, Shape>>; readonly required?: readonly string[] };

type ObjectShape = Extract<Shape, { readonly is: "object" }>;

/**
 * Where fields of a resource belong, for those that people put elsewhere: field → path of the map that it belongs to, with
 * `[]` for the entries of a list.
 */
export type Homes = ReadonlyMap<string, string>;

/** Holds a resource to its schema: unknown and misplaced fields, wrong types, what is missing. One mistake is told once. */
export class ShapeCheck {
  readonly #homes: Homes;
  readonly #mistakes: Mistake[];
  /** Paths, without positions in lists, of fields that are there under a wrong name or in a wrong place. */
  readonly #meant = new Set<string>();

  constructor(homes: Homes, mistakes: Mistake[]) {
    this.#homes = homes;
    this.#mistakes = mistakes;
  }

  check(root: KubeNode, shape: ObjectShape): void {
    this.#names(root, shape);
    this.#types(root, shape);
  }

  /** Whether a field that seems to be missing, or one below it, was meant by another that was found fault with. */
  isMeant(path: string): boolean {
    const plain = path.replaceAll(/\[\d+\]/gu, "");
    const within = (outer: string, inner: string) => inner === outer || inner.startsWith(`${outer}.`);
    return [...this.#meant].some((meant) => within(meant, plain) || within(plain, meant));
  }

  /** First pass: names alone, so that the second knows what is there under another name. */
  #names(node: KubeNode, shape: Shape): void {
    if (shape.is === "list") for (const item of node.items) this.#names(item, shape.of);
    if (shape.is !== "object") return;
    const known = Object.keys(shape.fields);
    const unknown = [...node.fields.values()].filter(({ name }) => !known.includes(name));
    const free = known.filter((name) => !node.fields.has(name));
    const moved = new Map<string, KubeField[]>();
    for (const field of unknown) {
      const home = this.#homes.get(field.name)?.replaceAll("[]", "");
      if (home !== undefined && home !== node.path) moved.set(home, [...(moved.get(home) ?? []), field]);
      else this.#unknown(node, field, meantBy(field, unknown, free, shape), known);
    }
    for (const [home, fields] of moved) this.#misplaced(home, fields);
    for (const [name, inner] of Object.entries(shape.fields)) {
      const field = node.fields.get(name);
      if (field !== undefined) this.#names(field.value, inner);
    }
  }

  #unknown(node: KubeNode, field: KubeField, meant: string | undefined, known: readonly string[]): void {
    if (meant !== undefined) this.#mean(`${node.path}.${meant}`);
    const fix = meant === undefined ? `known fields: ${known.join(", ")}` : `did you mean ${meant}?`;
    const path = node.path === "" ? shownKey(field.name) : `${node.path}.${shownKey(field.name)}`;
    this.#mistakes.push(mistake("field-unknown", field, "it is not a known field", { field: path, fix }));
  }

  #misplaced(home: string, fields: readonly KubeField[]): void {
    const [first] = fields;
    if (first === undefined) return;
    for (const { name } of fields) this.#mean(`${home}.${name}`);
    const isList = this.#homes.get(first.name)?.endsWith("[]") === true;
    const place = isList ? `an entry of ${home}` : home;
    const names = fields.map(({ name }) => name).join(", ");
    const [verb, them] = fields.length === 1 ? ["belongs", "it"] : ["belong", "them"];
    const fix = `move ${them} there, indented below ${place}`;
    this.#mistakes.push(
      mistake("field-misplaced", first, `${names} ${verb} below ${place}`, { field: first.value.path, fix }),
    );
  }

  #mean(path: string): void {
    this.#meant.add(path.replaceAll(/\[\d+\]/gu, "").replace(/^\./u, ""));
  }

  #types(node: KubeNode, shape: Shape): void {
    if (shape.is === "anything") return;
    if (shape.is === "text") this.#text(node);
    else if (shape.is === "list") {
      if (this.#expect(node, "list", 'start each entry with "- "')) {
        for (const item of node.items) this.#types(item, shape.of);
      }
    } else if (shape.is === "texts" && shape.lenient === true && node.kind === "nothing") return;
    else if (this.#expect(node, "map", "write one line for each field")) {
      if (shape.is === "texts") this.#texts(node, shape.lenient === true);
      else this.#object(node, shape);
    }
  }

  #object(node: KubeNode, shape: ObjectShape): void {
    for (const name of shape.required ?? []) {
      const path = node.path === "" ? name : `${node.path}.${name}`;
      const value = node.fields.get(name)?.value;
      if ((value !== undefined && !isEmpty(value)) || this.isMeant(path)) continue;
      const problem = value === undefined ? "it is missing" : "it is empty";
      this.#mistakes.push(mistake("field-missing", value ?? node, problem, { field: path, fix: `add ${name}` }));
    }
    for (const [name, inner] of Object.entries(shape.fields)) {
      const value = node.fields.get(name)?.value;
      const told = value !== undefined && isEmpty(value) && shape.required?.includes(name) === true;
      if (value !== undefined && !told) this.#types(value, inner);
    }
  }

  #texts(node: KubeNode, lenient: boolean): void {
    for (const { value } of node.fields.values()) if (!lenient || value.kind !== "nothing") this.#text(value);
  }

  #text(node: KubeNode): void {
    if (node.kind === "text") return;
    const field = node.path;
    if (node.kind === "list" || node.kind === "map") {
      const fix = "write one text";
      this.#mistakes.push(mistake("field-type", node, `it is a ${node.kind}, not a text`, { field, fix }));
    } else this.#mistakes.push(mistake("field-type", node, ...notText(node.kind, field)));
  }

  #expect(node: KubeNode, kind: KubeNode["kind"], fix: string): boolean {
    if (node.kind === kind) return true;
    if (node.kind === "nothing" && this.isMeant(node.path)) return false;
    const is = node.kind === "nothing" ? "it is empty" : `it is a ${node.kind}`;
    const ending = node.kind === "nothing" ? "write something below it, or remove it" : fix;
    const problem = `${is}, not a ${kind}`;
    this.#mistakes.push(mistake("field-type", node, problem, { field: node.path, fix: ending }));
    return false;
  }
}

/** The free field that an unknown one was most likely meant to be: one alike, or the only one that must be there and is not. */
function meantBy(
  field: KubeField,
  unknown: readonly KubeField[],
  free: readonly string[],
  { required = [] }: ObjectShape,
): string | undefined {
  const alike = nearest(field.name, free);
  const [missing, more] = required.filter((name) => free.includes(name));
  return alike ?? (unknown.length === 1 && more === undefined ? missing : undefined);
}

/** Problem and rest of a finding about a scalar that is no text. */
export function notText(
  kind: "nothing" | "boolean" | "number",
  field: string,
): [string, { field: string; fix: string }] {
  const is = kind === "nothing" ? "it is empty" : `it is a ${kind}`;
  const fix = kind === "nothing" ? 'write "" for an empty text, or remove it' : "put quotes around it";
  return [`${is}, and the API server takes only texts here`, { field, fix }];
}

function isEmpty(node: KubeNode): boolean {
  if (node.kind === "nothing") return true;
  if (node.kind === "list") return node.items.length === 0;
  return node.kind === "text" && node.text.trim() === "";
}

function shownKey(name: string): string {
  return /^[\w./-]{1,63}$/u.test(name) ? name : shownName(name);
}
