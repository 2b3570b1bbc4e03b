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
}

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
