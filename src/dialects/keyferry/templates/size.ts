import type { TemplateProblem } from "./problem.ts";

/** Bounds of a template: it is parsed beside others' Mounts, in some ms. */
export const maxTemplate = {
  /** Characters. */
  text: 64 << 10,
  /** Characters inside `{{ }}` and `{% %}`. */
  code: 16 << 10,
  /** Outputs and tags. */
  expressions: 500,
} as const;

/** What templates of one manifest may have together. */
const maxTogether = { expressions: 2_000, code: 64 << 10 } as const;

/** What the templates of one manifest have so far. */
export class TemplateSizes {
  #expressions = 0;
  #code = 0;

  /** Counts a template; what is too much where it is. */
  add(text: string): string | undefined {
    this.#expressions += expressionsOf(text);
    this.#code += Math.min(codeOf(text), maxTemplate.code);
    if (this.#expressions > maxTogether.expressions) {
      return `the templates of the manifest have more than ${maxTogether.expressions} outputs and tags together`;
    }
    if (this.#code <= maxTogether.code) return undefined;
    return `outputs and tags of the manifest's templates have more than ${maxTogether.code} characters together`;
  }
}

/** Outputs and tags of a template, also in places where they mean nothing. */
function expressionsOf(text: string): number {
  return text.match(/\{\{|\{%/gu)?.length ?? 0;
}

/** Why a template is too large to be parsed; undefined for one that is not. */
export function templateSizeProblem(text: string): TemplateProblem | undefined {
  const at = { line: 1, column: 1, fix: "make several files of it, or store the text as an object" };
  if (text.length > maxTemplate.text) {
    return { ...at, problem: `it has more than ${maxTemplate.text} characters` };
  }
  if (expressionsOf(text) > maxTemplate.expressions) {
    return { ...at, problem: `it has more than ${maxTemplate.expressions} outputs and tags` };
  }
  if (codeOf(text) > maxTemplate.code) {
    return { ...at, problem: `its outputs and tags have more than ${maxTemplate.code} characters` };
  }
  return undefined;
}

/** Characters from each opening to the next closing, whatever stands there. */
function codeOf(text: string): number {
  let code = 0;
  let at = 0;
  for (;;) {
    const [output, tag] = [text.indexOf("{{", at), text.indexOf("{%", at)];
    const start = output === -1 ? tag : tag === -1 ? output : Math.min(output, tag);
    if (start === -1) return code;
    const closing = text.indexOf(start === output ? "}}" : "%}", start + 2);
    const end = closing === -1 ? text.length : closing + 2;
    code += end - start;
    at = end;
  }
}
