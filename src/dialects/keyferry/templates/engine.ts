import type { Context, Emitter, Liquid as Engine, Template } from "liquidjs";
import type { Tree } from "../../../model/outcome.ts";
import { keptTags } from "./engine-filters.ts";
import { guardedFilters, printed } from "./guard.ts";
import type { Liquid } from "./load-liquid.ts";
import { BudgetSpent, TemplateError } from "./problem.ts";
import { strictAssign } from "./strict-assign.ts";
import { TemplateNumber } from "./values.ts";

/** Bounds of one rendering. */
export interface RenderLimits {
  /** Characters that filters make, all together. */
  readonly work: number;
  /** Called when that is spent; it throws. */
  spent(): never;
}

/** The largest file that a template makes, in characters. */
export const maxOutput = 1 << 20;

/** Time after which the engine itself gives up, in ms; who must not wait for it ends its process. */
const patience = 10_000;

/** The template engine with what is allowed of it. It renders one template after the other. */
export class TemplateEngine {
  readonly liquid: Engine;
  readonly #module: Liquid;
  #left = 0;
  #spent: () => never = () => {
    throw new BudgetSpent();
  };

  /** `yamlText` is needed for the filter yaml alone. */
  constructor(module: Liquid, yamlText?: (data: Tree) => string) {
    this.#module = module;
    const charge = (characters: number) => {
      this.#left -= 16 + characters;
      if (this.#left < 0) this.#spent();
    };
    this.liquid = new module.Liquid({
      strictVariables: true,
      strictFilters: true,
      lenientIf: true,
      ownPropertyOnly: true,
      // Looking it up takes 20 ms, and no filter that is kept has use for it.
      locale: "en-US",
      memoryLimit: 8 * maxOutput,
      renderLimit: patience,
      globals: Object.create(null) as object,
      operators: numericOperators(module),
      // Keeps the engine from files: nothing is ever found.
      templates: {},
      outputEscape: (value: unknown) => {
        const text = printed(value);
        charge(text.length);
        return text;
      },
    });
    for (const name of Object.keys(this.liquid.filters)) this.liquid.unregisterFilter(name);
    for (const [name, filter] of guardedFilters(module, charge, yamlText)) this.liquid.registerFilter(name, filter);
    for (const name of Object.keys(this.liquid.tags)) {
      // The engine has no way to take a tag away; the map is its own and without a prototype.
      if (!keptTags.includes(name)) Reflect.deleteProperty(this.liquid.tags, name);
    }
    this.liquid.registerTag("assign", strictAssign(module));
  }

  /** Renders at once. Throws what the engine throws, and what `limits.spent` does. */
  render(templates: Template[], scope: object, limits: RenderLimits): string {
    this.#left = limits.work;
    this.#spent = () => limits.spent();
    const { toValueSync } = this.#module;
    const context = new this.#module.Context(scope, this.liquid.options, { sync: true }, { liquid: this.liquid });
    const emitter = new BoundedEmitter();
    toValueSync(this.liquid.renderer.renderTemplates(templates, context, emitter));
    return emitter.buffer;
  }
}

/** Ends a rendering that writes too much. */
class BoundedEmitter implements Emitter {
  buffer = "";

  write(text: unknown): void {
    this.buffer += String(text);
    if (this.buffer.length <= maxOutput) return;
    throw new TemplateError("the output is larger than 1 MiB", "write less with the template");
  }
}

/** The engine's operators, for which a number is what it means. */
function numericOperators({ defaultOperators }: Liquid): Liquid["defaultOperators"] {
  const plain = (value: unknown) => (value instanceof TemplateNumber ? value.valueOf() : value);
  const numeric = Object.entries(defaultOperators).map(([name, operator]): [string, typeof operator] => [
    name,
    (left: unknown, right: unknown, context: Context) => operator(plain(left), plain(right), context),
  ]);
  return Object.fromEntries(numeric);
}
