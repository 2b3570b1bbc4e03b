import type { Mark } from "./cursor.ts";
import type { ScalarStyle } from "./token.ts";

interface Common {
  /** Where it starts, without anchor and tag. */
  readonly start: Mark;
  /** Offset behind its last character. */
  readonly end: number;
  /** Its tag: short where it is one of YAML's own (`!!str`), `""` where none was written, `!` alone, or another. */
  readonly tag: string;
  /** Where its tag and anchor start, if it has one; else where it starts. */
  readonly outer: Mark;
}

export interface YamlScalar extends Common {
  readonly kind: "scalar";
  readonly text: string;
  readonly style: ScalarStyle;
}

export interface YamlList extends Common {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
}

export interface YamlPair {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

export interface YamlMap extends Common {
  readonly kind: "map";
  readonly pairs: readonly YamlPair[];
}

/** Stands for the nearest node before it that has an anchor of its name. */
export interface YamlAlias extends Common {
  readonly kind: "alias";
  readonly name: string;
  readonly target: YamlScalar | YamlList | YamlMap;
}

export type YamlNode = YamlScalar | YamlList | YamlMap | YamlAlias;

/** One document of a text. */
export interface YamlDocument {
  readonly root: YamlNode;
  /** Offset behind its last token. */
  readonly end: number;
}
