import type { Context, Tag, TagToken, TopLevelToken, Liquid as Engine } from "liquidjs";
import type { Liquid } from "./load-liquid.ts";

/** The tag `assign`, for which a missing key is an error: the engine's own takes it for nothing where `if` may. */
export function strictAssign({
  Tag,
  Value,
}: Liquid): new (token: TagToken, rest: TopLevelToken[], liquid: Engine) => Tag {
  return class extends Tag {
    readonly #name;
    readonly #value;

    constructor(token: TagToken, rest: TopLevelToken[], liquid: Engine) {
      super(token, rest, liquid);
      this.#name = this.tokenizer.readIdentifier();
      this.tokenizer.assert(this.#name.content !== "", "expected variable name");
      this.tokenizer.skipBlank();
      this.tokenizer.assert(this.tokenizer.peek() === "=", 'expected "="');
      this.tokenizer.advance();
      this.#value = new Value(this.tokenizer.readFilteredValue(), liquid);
    }

    override *render(context: Context): Generator<unknown, void> {
      const value: unknown = yield this.#value.value(context, false);
      (context.bottom() as Record<string, unknown>)[this.#name.content] = value;
    }

    *arguments() {
      yield this.#value;
    }

    *localScope() {
      yield this.#name;
    }
  };
}
