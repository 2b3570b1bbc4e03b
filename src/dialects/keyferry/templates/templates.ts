import type { Template as LiquidTemplate } from "liquidjs";
import { MountError } from "../../../model/error.ts";
import type { Tree } from "../../../model/outcome.ts";
import type { RenderContext } from "../../../model/plan.ts";
import { packTree, unpackTree } from "../../../text/read-tree.ts";
import { isMap } from "../formats/data.ts";
import { isBounded, keptTags } from "./engine-filters.ts";
import { TemplateEngine } from "./engine.ts";
import { templateJob, type Rendering } from "./job.ts";
import { loadLiquid, type Liquid } from "./load-liquid.ts";
import { BudgetSpent, explain, type TemplateProblem } from "./problem.ts";
import { templateSizeProblem } from "./size.ts";
import { sizeOf, toScope } from "./values.ts";
import { expectedNames } from "./variables.ts";

/** A template that can be rendered. */
export interface Template {
  readonly text: string;
  /** Names that it expects, each once, with where it stands first: characters from the start of the text. */
  readonly names: readonly { readonly name: string; readonly offset: number }[];
}

/** Line and column, from 1, of a place in a text. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** Data, characters and values together, with which a template is rendered in line. */
const maxInline = 64 << 10;

/** What filters may make: in line some ms of work, else as much as the largest output allows. */
const work = { inline: 2 << 20, apart: 64 << 20 } as const;

/** The template language. The engine is loaded with the first template. */
export class Templates {
  #loaded: { readonly module: Liquid; readonly engine: TemplateEngine } | undefined;

  /** The template, or what is wrong with it. Does no I/O besides loading the engine. */
  parse(text: string): Template | TemplateProblem {
    const problem = templateSizeProblem(text);
    if (problem !== undefined) return problem;
    const { engine, module } = this.#load();
    try {
      const names = expectedNames(module, engine.liquid.parse(text));
      return { text, names: names.map(({ name, token }) => ({ name, offset: token.begin })) };
    } catch (thrown) {
      return explain(thrown, { ...known(engine), keysOf: () => [] });
    }
  }

  /**
   * The text of the file. In line where the template and its values are small and bounded, else where it can be ended.
   * Rejects with MountError `template_failed`, and as `Compute.run` does.
   */
  async render(
    { text }: Template,
    values: Readonly<Record<string, Tree>>,
    { run }: Pick<RenderContext, "run">,
  ): Promise<string> {
    if (isBounded(text) && sizeOf(values, maxInline) <= maxInline) {
      try {
        const { engine, module } = this.#load();
        return renderText(await withYaml(text, module, engine), { text, values }, work.inline);
      } catch (thrown) {
        if (!(thrown instanceof BudgetSpent)) throw thrown;
      }
    }
    const packed = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, packTree(value)]));
    return run(templateJob, { text, values: packed });
  }

  #load(): { readonly module: Liquid; readonly engine: TemplateEngine } {
    if (this.#loaded === undefined) {
      const module = loadLiquid();
      this.#loaded = { module, engine: new TemplateEngine(module) };
    }
    return this.#loaded;
  }
}

/** Does the job. Throws MountError `template_failed`. */
export async function renderApart({ text, values }: Rendering): Promise<string> {
  const module = loadLiquid();
  const engine = await withYaml(text, module, new TemplateEngine(module));
  const unpacked = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, unpackTree(value)]));
  try {
    return renderText(engine, { text, values: unpacked }, work.apart);
  } catch (thrown) {
    if (!(thrown instanceof BudgetSpent)) throw thrown;
    throw new MountError("budget_exceeded", "the template makes more of its values than one may");
  }
}

/** Another engine, with the library for YAML, where the template may ask for it. */
async function withYaml(text: string, module: Liquid, engine: TemplateEngine): Promise<TemplateEngine> {
  if (!/\|[^A-Za-z0-9_]*yaml/u.test(text)) return engine;
  const { yamlText } = await import("../formats/yaml-text.ts");
  return new TemplateEngine(module, yamlText);
}

function renderText(
  engine: TemplateEngine,
  { text, values }: { readonly text: string; readonly values: Readonly<Record<string, Tree>> },
  limit: number,
): string {
  let spent: BudgetSpent | undefined;
  try {
    const templates: LiquidTemplate[] = engine.liquid.parse(text);
    const stop = () => {
      throw (spent = new BudgetSpent());
    };
    return engine.render(templates, toScope(values) as object, { work: limit, spent: stop });
  } catch (thrown) {
    // The engine wraps what filters throw.
    if (spent !== undefined) throw spent;
    const { line, column, problem, fix } = explain(thrown, {
      ...known(engine),
      keysOf: (path) => keysBeside(values, path),
    });
    throw new MountError("template_failed", `line ${line}, column ${column} of the template: ${problem}; ${fix}`);
  }
}

function known({ liquid }: TemplateEngine) {
  return { filters: Object.keys(liquid.filters).sort(), tags: [...keptTags].sort() };
}

/** Keys of the map that lacks the last part of a path. */
function keysBeside(values: Tree, path: string): readonly string[] {
  let at: Tree = values;
  for (const name of path.split(".").slice(0, -1)) {
    if (!isMap(at) || !Object.hasOwn(at, name)) return [];
    at = at[name] ?? null;
  }
  return isMap(at) ? Object.keys(at) : [];
}
