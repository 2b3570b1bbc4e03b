import type { Fields } from "../../model/fields.ts";
import type { Reason } from "../../model/reasons.ts";
import type { Reader } from "../../text/yaml/reader.ts";
import type { EntryFields } from "./entry.ts";

/**
 * The fields of a fallback: its own, and of the entry that it belongs to those that it does not repeat. What is wrong
 * is reported where it stands.
 */
export class Overlay implements EntryFields {
  readonly #own: Reader;
  readonly #base: Reader;
  /** Fields of the entry that hold for the fallback, too; undefined for all. */
  readonly #inherited: readonly string[] | undefined;

  constructor(own: Reader, base: Reader, inherited: readonly string[] | undefined) {
    this.#own = own;
    this.#base = base;
    this.#inherited = inherited;
  }

  has(name: string): boolean {
    return this.#of(name).has(name);
  }

  text(name: string): string | undefined {
    return this.#of(name).text(name);
  }

  requiredText(name: string, fix: string): string {
    return this.#of(name).requiredText(name, fix);
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    return this.#of(name).oneOf(name, allowed);
  }

  boolean(name: string): boolean | undefined {
    return this.#of(name).boolean(name);
  }

  integer(name: string, range: { readonly min: number; readonly max: number }): number | undefined {
    return this.#of(name).integer(name, range);
  }

  duration(name: string): number | undefined {
    return this.#of(name).duration(name);
  }

  texts(name: string): readonly string[] | undefined {
    return this.#of(name).texts(name);
  }

  map(name: string): ReadonlyMap<string, string> | undefined {
    return this.#of(name).map(name);
  }

  refuse(name: string, problem: string, fix: string, reason?: Reason): void {
    this.#own.refuse(name, problem, fix, reason);
  }

  /** Own fields first; asking marks a field as known there, so the fallback is always asked. */
  #of(name: string): Fields {
    const isOwn = this.#own.has(name);
    if (isOwn || (this.#inherited !== undefined && !this.#inherited.includes(name))) return this.#own;
    return this.#base.has(name) ? this.#base : this.#own;
  }
}
