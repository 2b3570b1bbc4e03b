import type { Template, Token } from "liquidjs";
import type { Liquid } from "./load-liquid.ts";

/** A name that a template expects, and a place where it stands. */
export interface ExpectedName {
  readonly name: string;
  readonly token: Token;
}

/**
 * The names that a template expects from outside, each once, in the order of the text. The engine's own analysis computes
 * the position of every variable from the start of the text, which takes seconds for large templates.
 */
export function expectedNames(module: Liquid, templates: readonly Template[]): readonly ExpectedName[] {
  const found = new Map<string, Token>();
  visitAll(templates, new Scope(), { module, found });
  return [...found].map(([name, token]) => ({ name, token }));
}

interface Search {
  readonly module: Liquid;
  readonly found: Map<string, Token>;
}

/** Names that the template itself makes: everywhere after `assign`, inside a loop for its own. */
class Scope {
  readonly #assigned: Set<string>;
  readonly #inside: ReadonlySet<string>;

  constructor(assigned = new Set<string>(), inside: ReadonlySet<string> = new Set()) {
    this.#assigned = assigned;
    this.#inside = inside;
  }

  has(name: string): boolean {
    return this.#assigned.has(name) || this.#inside.has(name);
  }

  assign(name: string): void {
    this.#assigned.add(name);
  }

  within(names: Iterable<string>): Scope {
    return new Scope(this.#assigned, new Set([...this.#inside, ...names]));
  }
}

function visitAll(templates: readonly Template[], scope: Scope, search: Search): void {
  for (const template of templates) {
    for (const argument of template.arguments?.() ?? []) visit(argument, scope, search);
    for (const { content } of template.localScope?.() ?? []) scope.assign(content);
    if (template.children === undefined) continue;
    const children = search.module.toValueSync(template.children(false, true)) as readonly Template[];
    visitAll(children, template.blockScope === undefined ? scope : scope.within(template.blockScope()), search);
  }
}

/** Anything that an expression is made of. */
function visit(part: unknown, scope: Scope, search: Search): void {
  const { TypeGuards: is, Value, Filter } = search.module;
  if (part instanceof Value || is.isFilteredValueToken(part)) {
    for (const token of part.initial.postfix) visit(token, scope, search);
    for (const { args } of part.filters)
      for (const one of args) visit(Array.isArray(one) ? one[1] : one, scope, search);
  } else if (part instanceof Filter) {
    for (const one of part.args) visit(one, scope, search);
  } else if (is.isRangeToken(part)) {
    visit(part.lhs, scope, search);
    visit(part.rhs, scope, search);
  } else if (is.isPropertyAccessToken(part)) visitPath(part, scope, search);
}

function visitPath(
  path: Token & { readonly variable?: unknown; readonly props: readonly unknown[] },
  scope: Scope,
  search: Search,
): void {
  const { TypeGuards: is } = search.module;
  visit(path.variable, scope, search);
  const [root, ...props] = path.props;
  const isName = path.variable === undefined && (is.isWordToken(root) || is.isQuotedToken(root));
  if (isName && !scope.has(root.content) && !search.found.has(root.content)) search.found.set(root.content, path);
  for (const prop of isName ? props : path.props) visit(prop, scope, search);
}
