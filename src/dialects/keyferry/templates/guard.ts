import type { FilterImplOptions } from "liquidjs";
import { isMap } from "../formats/data.ts";
import type { Tree } from "../../../model/outcome.ts";
import { kept } from "./engine-filters.ts";
import type { Liquid } from "./load-liquid.ts";
import { bytesFilters, dataFilters, textFilters } from "./own-filters.ts";
import { TemplateError } from "./problem.ts";
import { TemplateBytes, TemplateNumber } from "./values.ts";

/** Hears of characters that are made, and may throw to stop it. */
export type Charge = (characters: number) => void;

/** Every filter by name, each with a check of what it is given. */
export function guardedFilters(
  { filters: engine }: Pick<Liquid, "filters">,
  charge: Charge,
  yamlText: ((data: Tree) => string) | undefined,
): ReadonlyMap<string, FilterImplOptions> {
  const own: [string, FilterImplOptions][] = [];
  const add = (name: string, run: (value: unknown, args: readonly unknown[]) => unknown) =>
    own.push([name, (value: unknown, ...args: readonly unknown[]) => counted(run(value, args), charge)]);
  for (const [name, filter] of Object.entries(textFilters)) {
    add(name, (value, args) => filter(textFor(name, value), ...args.map((arg) => plain(name, arg))));
  }
  for (const [name, filter] of Object.entries(bytesFilters)) {
    add(name, (value) =>
      filter(value instanceof TemplateBytes ? value.unwrap() : Buffer.from(textFor(name, value), "utf8")),
    );
  }
  for (const [name, filter] of Object.entries(dataFilters(yamlText)))
    add(name, (value, args) => filter(value, ...args));
  const wrapped = (
    names: readonly string[],
    first: (name: string, value: unknown) => unknown,
    argument: (name: string, value: unknown) => unknown = plain,
  ) =>
    names.flatMap((name): [string, FilterImplOptions][] => {
      const filter = engine[name];
      const handler = typeof filter === "function" ? filter : filter?.handler;
      if (handler === undefined) return [];
      return [
        [
          name,
          function (value: unknown, ...args: readonly unknown[]) {
            const result: unknown = handler.call(this, first(name, value), ...args.map((arg) => argument(name, arg)));
            return counted(result, charge);
          },
        ],
      ];
    });
  return new Map([
    ...wrapped(kept.text, textFor),
    ...wrapped(kept.number, numberFor, numberFor),
    ...wrapped(kept.any, (_, value) => value),
    ...own,
  ]);
}

/** What stands in the output. Throws TemplateError for maps and for bytes that are not text. */
export function printed(value: unknown): string {
  if (Array.isArray(value)) return value.map(printed).join("");
  if (isMap(value as Tree)) {
    throw new TemplateError(
      "a map cannot be printed",
      "name one of its keys, or write it with json, yaml or another filter",
    );
  }
  return textFor("", value);
}

/** Throws TemplateError for maps, lists and bytes that are not text. */
function textFor(name: string, value: unknown): string {
  const filter = name === "" ? "" : `${name}: `;
  if (value === undefined || value === null) return "";
  if (value instanceof TemplateBytes) {
    throw new TemplateError(`${filter}the value is not text`, "write b64enc, hex or sha256 behind it: they take bytes");
  }
  if (Array.isArray(value)) {
    throw new TemplateError(`${filter}the value is a list`, "loop over it, or make a text of it with join");
  }
  if (value instanceof TemplateNumber) return value.toString();
  if (typeof value === "object") {
    throw new TemplateError(`${filter}the value is a map`, "name one of its keys, or write it with json first");
  }
  const isScalar = typeof value === "string" || typeof value === "boolean" || typeof value === "number";
  return isScalar || typeof value === "bigint" ? String(value) : "";
}

/** The engine takes what is no number for 0; here that is an error. */
function numberFor(name: string, value: unknown): number {
  const number = value instanceof TemplateNumber ? value.valueOf() : value;
  const result = typeof number === "string" && number.trim() === "" ? Number.NaN : Number(textFor(name, number));
  if (Number.isFinite(result)) return result;
  throw new TemplateError(`${name} takes numbers`, "correct the value, or the argument of the filter");
}

/** An argument: numbers as what they mean, no bytes. */
function plain(name: string, arg: unknown): unknown {
  if (arg instanceof TemplateBytes) return textFor(name, arg);
  return arg instanceof TemplateNumber ? arg.toString() : arg;
}

function counted(result: unknown, charge: Charge): unknown {
  charge(typeof result === "string" ? result.length : Array.isArray(result) ? result.length * 8 : 8);
  return result;
}
