import type { Fields } from "../../src/model/fields.ts";
import type { JsonSchema } from "../../src/model/setting.ts";
import { durationSchema } from "../../src/text/rules.ts";

/** A scalar that is read as the text it was written as. */
export const textSchema: JsonSchema = { type: ["string", "number", "boolean"] };

/** One text, or a list of texts. */
export const textsSchema: JsonSchema = { oneOf: [{ type: "array", items: textSchema }, textSchema] };

/** `true` or `false` as YAML has them, or as text. */
export const booleanSchema: JsonSchema = {
  anyOf: [{ type: "boolean" }, { enum: ["true", "True", "TRUE", "false", "False", "FALSE"] }],
};

/** Stands in the place of an entry, and notes what a store's own parser asks it for: its language as data. */
export class FieldsProbe implements Fields {
  readonly #schemas = new Map<string, JsonSchema>();

  /** A schema for each field that was asked for, in the order of asking. */
  get properties(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries(this.#schemas);
  }

  has(): boolean {
    return false;
  }

  text(name: string): undefined {
    this.#note(name, textSchema);
  }

  requiredText(name: string): string {
    this.#note(name, textSchema);
    return "";
  }

  oneOf(name: string, allowed: readonly string[]): undefined {
    this.#note(name, { enum: [...allowed] });
  }

  boolean(name: string): undefined {
    this.#note(name, booleanSchema);
  }

  integer(name: string, { min, max }: { readonly min: number; readonly max: number }): undefined {
    this.#note(name, { type: ["integer", "string"], minimum: min, maximum: max, pattern: "^[+-]?[0-9]{1,16}$" });
  }

  duration(name: string): undefined {
    this.#note(name, durationSchema);
  }

  texts(name: string): undefined {
    this.#note(name, textsSchema);
  }

  map(name: string): undefined {
    this.#note(name, { type: "object", additionalProperties: textSchema });
  }

  refuse(): void {
    // What is missing here says nothing about the language.
  }

  #note(name: string, schema: JsonSchema): void {
    if (!this.#schemas.has(name)) this.#schemas.set(name, schema);
  }
}
