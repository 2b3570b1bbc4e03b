/** Where something stands in a text; both count from 1. */
export interface GoPlace {
  readonly line: number;
  readonly column: number;
}

/** A scalar, quotes and folding resolved. */
export interface GoScalar extends GoPlace {
  readonly kind: "scalar";
  readonly text: string;
  /** Short tag as yaml.v3 resolves it: `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!timestamp`, `!!binary`, or a foreign one. */
  readonly tag: string;
  /** How it was written: without quotes, in quotes, or as a block (`|` keeps its lines, `>` folds them). */
  readonly style: GoStyle;
  /** The tag that was written before it, short; empty where there was none. */
  readonly explicit: string;
}

/** How a scalar was written. */
export type GoStyle = "plain" | "quoted" | "literal" | "folded";

export interface GoList extends GoPlace {
  readonly kind: "list";
  readonly items: readonly GoNode[];
}

/** A map with its merge keys applied; keys differ. */
export interface GoMap extends GoPlace {
  readonly kind: "map";
  readonly entries: readonly { readonly key: GoNode; readonly value: GoNode }[];
}

export type GoNode = GoScalar | GoList | GoMap;

/** Whether a node is null: `null`, `~` or nothing at all. */
export function isGoNull(node: GoNode): boolean {
  return node.kind === "scalar" && node.tag === "!!null";
}

/** Text that yaml.v3 would refuse. The message never quotes it. */
export class GoYamlError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(message: string, { line, column }: GoPlace) {
    super(message);
    this.name = "GoYamlError";
    this.line = line;
    this.column = column;
  }
}
