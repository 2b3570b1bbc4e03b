import { YamlSyntaxError, type Mark } from "./cursor.ts";
import { Directives } from "./directives.ts";
import type { YamlAlias, YamlDocument, YamlList, YamlMap, YamlNode, YamlPair, YamlScalar } from "./node.ts";
import { Scanner, type ScanOptions } from "./scanner.ts";
import type { Token } from "./token.ts";

/** How a text is read, and what it may hold. */
export interface YamlOptions extends ScanOptions {
  /** Collections inside each other. */
  readonly depth: number;
}

/** How go-yaml (yaml.v3) reads, within what a text that a manifest or a store brings may hold. */
export const goYaml: YamlOptions = { tokens: 50_000, depth: 64, lookahead: 3, escapes: "yaml" };

/** Characters that libyaml's reader refuses anywhere in a text. */
// eslint-disable-next-line no-control-regex -- control characters are what is refused
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]|\p{Cs}/gu;

/**
 * The documents of a YAML text as libyaml reads them, which go-yaml is a translation of. What stands behind a document is
 * looked at when the next is asked for. Throws YamlSyntaxError.
 */
export function* parseYamlDocuments(text: string, options: YamlOptions): Generator<YamlDocument, undefined> {
  unprintable.lastIndex = options.from?.offset ?? 0;
  const control = unprintable.exec(text)?.index;
  if (control !== undefined) {
    const isNul = text.charCodeAt(control) === 0;
    const why = isNul
      ? "the text is not UTF-8 (it may be UTF-16); save it as UTF-8"
      : "control characters are not allowed";
    throw new YamlSyntaxError(why, markAt(text, control));
  }
  const scanner = new Scanner(text, options);
  for (let isFirst = true; ; isFirst = false) {
    const document = new DocumentParser(scanner, options.depth).parse(isFirst);
    if (document === undefined) return undefined;
    yield document;
  }
}

function markAt(text: string, offset: number): Mark {
  const lines = text.slice(0, offset).split("\n");
  return { offset, line: lines.length - 1, column: (lines.at(-1) ?? "").length };
}

interface Properties {
  readonly outer: Mark;
  readonly tag: string;
  readonly anchor: string | undefined;
}

type Anchored = YamlScalar | YamlList | YamlMap;

/** Reads one document; anchors hold within it. */
class DocumentParser {
  readonly #scanner: Scanner;
  readonly #maxDepth: number;
  /** Null while the node is being read: an alias to it would contain itself. */
  readonly #anchors = new Map<string, Anchored | null>();
  /** Brackets that are open. */
  readonly #brackets: Mark[] = [];
  #directives: Directives | undefined;
  #depth = 0;

  constructor(scanner: Scanner, maxDepth: number) {
    this.#scanner = scanner;
    this.#maxDepth = maxDepth;
  }

  /** Undefined at the end of the stream. Only the first document may start without `---`. */
  parse(isFirst: boolean): YamlDocument | undefined {
    const scanner = this.#scanner;
    if (!isFirst) while (scanner.peek().type === "document end") scanner.take();
    const { type } = scanner.peek();
    if (type === "stream end") return undefined;
    this.#directives = new Directives(scanner);
    const starts = ["version", "tag directive", "document start"].includes(type);
    if (!starts && !isFirst) this.#refuse('a document must start with a line "---"; something stands behind its end');
    if (starts) {
      if (scanner.peek().type !== "document start")
        this.#refuse('a line "---" must follow the lines that start with %');
      scanner.take();
    }
    const root = starts && this.#nextIs(...documentEnds) ? this.#empty(scanner.peek().start) : this.#node(true, false);
    const { end } = scanner.peek().type === "document end" ? scanner.take() : scanner.peek();
    return { root, end: end.offset };
  }

  #node(isBlock: boolean, indentless: boolean): YamlNode {
    const first = this.#scanner.peek();
    if (first.type === "alias") return this.#alias(first.name);
    const properties = this.#properties(first.start);
    const token = this.#scanner.peek();
    if (token.type === "scalar") {
      this.#scanner.take();
      return this.#scalar(token, properties);
    }
    if (token.type === "[" || token.type === "{") return this.#collection(properties, () => this.#flow(properties));
    if (token.type === "block list" && isBlock) {
      return this.#collection(properties, () => this.#blockList(token.start, properties));
    }
    if (token.type === "block map" && isBlock) {
      return this.#collection(properties, () => this.#blockMap(token.start, properties));
    }
    if (token.type === "-" && indentless) {
      return this.#collection(properties, () => this.#indentlessList(token.start, properties));
    }
    if (properties.tag === "" && properties.anchor === undefined) {
      this.#refuse("something stands where nothing can; a quote or bracket may be missing");
    }
    return this.#scalar({ ...token, type: "scalar", text: "", style: "plain", end: token.start }, properties);
  }

  /** Anchor and tag in either order, each once. */
  #properties(outer: Mark): Properties {
    let anchor: string | undefined;
    let tag: string | undefined;
    for (;;) {
      const token = this.#scanner.peek();
      if (token.type === "anchor" && anchor === undefined) anchor = token.name;
      else if (token.type === "tag" && tag === undefined) {
        tag = this.#directives?.tag(token.handle, token.suffix);
        if (tag === undefined) this.#refuse("a tag starts with a handle that no %TAG line declares");
      } else return { outer, anchor, tag: tag ?? "" };
      this.#scanner.take();
    }
  }

  #alias(name: string): YamlAlias {
    const { start, end } = this.#scanner.peek();
    const target = this.#anchors.get(name);
    if (target === undefined) throw new YamlSyntaxError("an alias has no anchor before it", start);
    if (target === null) throw new YamlSyntaxError("an anchor contains an alias to itself", start);
    this.#scanner.take();
    return { kind: "alias", name, target, start, end: end.offset, tag: "", outer: start };
  }

  #scalar(token: Token & { readonly type: "scalar" }, { anchor, tag, outer }: Properties): YamlScalar {
    const { text, style, start, end } = token;
    const scalar: YamlScalar = { kind: "scalar", text, style, tag, start, end: end.offset, outer };
    if (anchor !== undefined) this.#anchors.set(anchor, scalar);
    return scalar;
  }

  #empty(mark: Mark): YamlScalar {
    const place = { start: mark, end: mark.offset, outer: mark };
    return { kind: "scalar", text: "", style: "plain", tag: "", ...place };
  }

  #collection<T extends YamlList | YamlMap>({ anchor }: Properties, read: () => T): T {
    this.#depth += 1;
    if (this.#depth > this.#maxDepth) this.#refuse(`it is nested deeper than ${this.#maxDepth} levels`);
    if (anchor !== undefined) this.#anchors.set(anchor, null);
    const node = read();
    // An anchor of the same name inside was set before this one ends, but stands behind its start.
    if (anchor !== undefined && this.#anchors.get(anchor) === null) this.#anchors.set(anchor, node);
    this.#depth -= 1;
    return node;
  }

  #blockList(start: Mark, { tag, outer }: Properties): YamlList {
    this.#scanner.take();
    const items: YamlNode[] = [];
    while (this.#nextIs("-")) items.push(this.#item("-", "block end"));
    if (!this.#nextIs("block end"))
      this.#refuse('an entry of a list must start with "- "; the indentation may be wrong');
    const { end } = this.#scanner.take();
    return { kind: "list", items, tag, start, end: end.offset, outer };
  }

  /** A list whose entries are not indented deeper than the key of the map around them. */
  #indentlessList(start: Mark, { tag, outer }: Properties): YamlList {
    const items: YamlNode[] = [];
    while (this.#nextIs("-")) items.push(this.#item("-", "?", ":", "block end"));
    return { kind: "list", items, tag, start, end: this.#scanner.peek().start.offset, outer };
  }

  /** Behind a dash: nothing, where one of these comes next, else a node. */
  #item(...nothing: readonly Token["type"][]): YamlNode {
    const { end } = this.#scanner.take();
    return this.#nextIs(...nothing) ? this.#empty(end) : this.#node(true, false);
  }

  #blockMap(start: Mark, { tag, outer }: Properties): YamlMap {
    this.#scanner.take();
    const pairs: YamlPair[] = [];
    const ends = ["?", ":", "block end"] as const;
    while (this.#nextIs("?")) {
      const { end } = this.#scanner.take();
      const key = this.#nextIs(...ends) ? this.#empty(end) : this.#node(true, true);
      if (this.#nextIs(":")) {
        const { end: behind } = this.#scanner.take();
        pairs.push({ key, value: this.#nextIs(...ends) ? this.#empty(behind) : this.#node(true, true) });
      } else pairs.push({ key, value: this.#empty(this.#scanner.peek().start) });
    }
    if (!this.#nextIs("block end")) this.#refuse("a key is missing here; the indentation may be wrong");
    const { end } = this.#scanner.take();
    return { kind: "map", pairs, tag, start, end: end.offset, outer };
  }

  #flow(properties: Properties): YamlList | YamlMap {
    const { type, start } = this.#scanner.peek();
    this.#brackets.push(start);
    const node = type === "[" ? this.#flowList(start, properties) : this.#flowMap(start, properties);
    this.#brackets.pop();
    return node;
  }

  #flowList(start: Mark, { tag, outer }: Properties): YamlList {
    this.#scanner.take();
    const items: YamlNode[] = [];
    while (!this.#nextIs("]")) {
      if (items.length > 0) this.#comma("]");
      if (this.#nextIs("]")) break;
      items.push(this.#nextIs("?") ? this.#singlePair() : this.#node(false, false));
    }
    const { end } = this.#scanner.take();
    return { kind: "list", items, tag, start, end: end.offset, outer };
  }

  /** `[a: b]` is a list with a map of one pair. */
  #singlePair(): YamlMap {
    const { start, end } = this.#scanner.take();
    const key = this.#nextIs(":", ",", "]") ? this.#missingKey(end) : this.#node(false, false);
    const value = this.#flowValue("]");
    return { kind: "map", pairs: [{ key, value }], tag: "", start, end: value.end, outer: start };
  }

  /** Behind a lone `?` in a list, libyaml loses one token. */
  #missingKey(mark: Mark): YamlScalar {
    this.#scanner.take();
    return this.#empty(mark);
  }

  #flowMap(start: Mark, { tag, outer }: Properties): YamlMap {
    this.#scanner.take();
    const pairs: YamlPair[] = [];
    while (!this.#nextIs("}")) {
      if (pairs.length > 0) this.#comma("}");
      if (this.#nextIs("}")) break;
      if (this.#nextIs("?")) {
        this.#scanner.take();
        const key = this.#nextIs(":", ",", "}") ? this.#empty(this.#scanner.peek().start) : this.#node(false, false);
        pairs.push({ key, value: this.#flowValue("}") });
      } else {
        const key = this.#node(false, false);
        pairs.push({ key, value: this.#empty(this.#scanner.peek().start) });
      }
    }
    const { end } = this.#scanner.take();
    return { kind: "map", pairs, tag, start, end: end.offset, outer };
  }

  #flowValue(close: "]" | "}"): YamlNode {
    if (!this.#nextIs(":")) return this.#empty(this.#scanner.peek().start);
    this.#scanner.take();
    return this.#nextIs(",", close) ? this.#empty(this.#scanner.peek().start) : this.#node(false, false);
  }

  #comma(close: "]" | "}"): void {
    if (!this.#nextIs(",")) this.#refuse(`a comma or ${close} is missing`);
    this.#scanner.take();
  }

  #nextIs(...types: readonly Token["type"][]): boolean {
    return types.includes(this.#scanner.peek().type);
  }

  #refuse(message: string): never {
    const { type, start } = this.#scanner.peek();
    const open = this.#brackets.at(-1);
    const isEnd = type === "stream end" || type === "document start" || type === "document end";
    if (isEnd && open !== undefined) throw new YamlSyntaxError("a bracket is not closed", open);
    throw new YamlSyntaxError(message, start);
  }
}

const documentEnds = ["version", "tag directive", "document start", "document end", "stream end"] as const;
