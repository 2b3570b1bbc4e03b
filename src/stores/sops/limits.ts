/** What a document may cost. Anybody who may write a SecretProviderClass can send one, so all of it is bounded. */
export const limits = {
  /** Bytes of the document's text. */
  bytes: 1024 * 1024,
  /** Maps and lists inside each other. */
  depth: 64,
  /** Values, maps and lists in all. */
  nodes: 50_000,
  /** Pieces that the YAML lexer cuts a text into; eight for each node are plenty. */
  tokens: 400_000,
  /** Values, maps and lists that aliases add in all. */
  aliased: 10_000,
  /** Characters of all keys from the root to a value: each value is authenticated together with them. */
  path: 16_384,
  /** Characters of a pattern in a rule. */
  pattern: 2_048,
  /** Key groups. */
  groups: 16,
  /** Wrapped keys in all groups together. */
  entries: 64,
} as const;
