import { YamlSyntaxError } from "./cursor.ts";
import type { Scanner } from "./scanner.ts";

const core = "tag:yaml.org,2002:";

/** What the handles of tags mean in one document. */
export class Directives {
  readonly #handles = new Map<string, string>();

  /** Takes the directives that stand here. Throws YamlSyntaxError for one that repeats, and for %YAML 1.2. */
  constructor(scanner: Scanner) {
    let hasVersion = false;
    for (let token = scanner.peek(); ; token = scanner.peek()) {
      if (token.type === "version") {
        if (hasVersion) throw new YamlSyntaxError("a %YAML directive repeats", token.start);
        if (token.version !== "1.1") throw new YamlSyntaxError("the directive must be %YAML 1.1", token.start);
        hasVersion = true;
      } else if (token.type === "tag directive") {
        if (this.#handles.has(token.handle)) throw new YamlSyntaxError("a %TAG directive repeats", token.start);
        this.#handles.set(token.handle, token.prefix);
      } else break;
      scanner.take();
    }
    if (!this.#handles.has("!")) this.#handles.set("!", "!");
    if (!this.#handles.has("!!")) this.#handles.set("!!", core);
  }

  /** A tag in full, or short where it is one of YAML's own; undefined for a handle that was not declared. */
  tag(handle: string, suffix: string): string | undefined {
    const prefix = handle === "" ? "" : this.#handles.get(handle);
    if (prefix === undefined) return undefined;
    const tag = prefix + suffix;
    return tag.startsWith(core) ? `!!${tag.slice(core.length)}` : tag;
  }
}
