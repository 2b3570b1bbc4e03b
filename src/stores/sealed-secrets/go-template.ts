/** One piece of a template: text as it is, or the item whose bytes stand there. */
export type TemplatePiece =
  { readonly kind: "text"; readonly text: string } | { readonly kind: "item"; readonly name: string };

/** The two forms that name an item and do nothing else. */
const forms = [/^\s*\.([A-Za-z_][A-Za-z0-9_]*)\s*$/u, /^\s*index\s+\.\s+"([^"\\]*)"\s*$/u];

/**
 * A Go template that only names items: `{{ .item }}` and `{{ index . "item-name" }}`. Undefined for anything else
 * (functions, conditions, trimming): nothing is ever run.
 */
export function parseGoTemplate(text: string): readonly TemplatePiece[] | undefined {
  const [first = "", ...rest] = text.split("{{");
  const pieces: TemplatePiece[] = [{ kind: "text", text: first }];
  for (const part of rest) {
    const end = part.indexOf("}}");
    const action = part.slice(0, Math.max(end, 0));
    const name = forms.map((form) => form.exec(action)?.[1]).find((found) => found !== undefined);
    if (end === -1 || name === undefined) return undefined;
    pieces.push({ kind: "item", name }, { kind: "text", text: part.slice(end + 2) });
  }
  return pieces;
}
