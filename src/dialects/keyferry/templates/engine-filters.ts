/**
 * The engine's own filters that are kept, by what they take. The rest is left out: `date` (the clock, and a width that no
 * limit counts), `sample` (chance), those that evaluate expressions, and HTML beyond escaping.
 */
export const kept = {
  text: [
    "append",
    "base64_decode",
    "base64_encode",
    "capitalize",
    "downcase",
    "escape",
    "hmac_sha256",
    "lstrip",
    "normalize_whitespace",
    "prepend",
    "remove",
    "remove_first",
    "remove_last",
    "replace",
    "replace_first",
    "replace_last",
    "rstrip",
    "split",
    "squish",
    "strip",
    "strip_newlines",
    "truncate",
    "truncatewords",
    "upcase",
    "url_decode",
    "xml_escape",
  ],
  number: ["abs", "at_least", "at_most", "ceil", "divided_by", "floor", "minus", "modulo", "plus", "round", "times"],
  any: [
    "compact",
    "concat",
    "default",
    "find",
    "first",
    "has",
    "join",
    "last",
    "map",
    "reject",
    "reverse",
    "size",
    "slice",
    "sort",
    "sort_natural",
    "sum",
    "uniq",
    "where",
  ],
} as const;

/** Tags that are kept: none reads another file, none counts on from render to render. */
export const keptTags: readonly string[] = [
  "#",
  "assign",
  "break",
  "capture",
  "case",
  "comment",
  "continue",
  "cycle",
  "echo",
  "for",
  "if",
  "liquid",
  "raw",
  "unless",
];

/** Tags that render in time that their own text bounds. */
const boundedTags = new Set(["#", "case", "when", "comment", "echo", "if", "elsif", "else", "raw", "unless"]);

/** Filters whose work is bounded by what goes in: no list is built, nothing is put in many times. */
const boundedFilters = new Set<string>([
  ...kept.number,
  ..."append prepend default size first last".split(" "),
  ..."base64_decode base64_encode capitalize downcase escape hmac_sha256 lstrip normalize_whitespace".split(" "),
  ..."remove remove_first remove_last replace replace_first replace_last rstrip squish strip".split(" "),
  ..."strip_newlines truncate truncatewords upcase url_decode xml_escape".split(" "),
  ..."b64enc b64dec b64url hex sha256 json yaml dotenv_value shell_quote properties_value toml_string".split(" "),
  ..."url_encode indent filter_pem first_pem required".split(" "),
]);

/**
 * Whether a template can be rendered beside others' Mounts: no loop or range, no variable of its own, bounded filters. What looks
 * like a tag or a filter anywhere counts, so the answer errs to the safe side.
 */
export function isBounded(text: string): boolean {
  const tags = [...text.matchAll(/\{%[^A-Za-z0-9_#]*([A-Za-z0-9_]+|#)/gu)].map(([, name = ""]) => name);
  const filters = [...text.matchAll(/\|[^A-Za-z0-9_]*([A-Za-z0-9_]+)/gu)].map(([, name = ""]) => name);
  const hasRange = /\([^)]*\.\./u.test(text);
  return (
    !hasRange &&
    tags.every((name) => boundedTags.has(name.replace(/^end/u, ""))) &&
    filters.every((name) => boundedFilters.has(name))
  );
}
