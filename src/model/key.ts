/** A private key for secrets encrypted in Git, as the operator configures it. */
export interface KeySource {
  readonly name: string;
  readonly kind: string;
  /** Path of the file that holds it; read again when it changes. */
  readonly file: string;
  /** Names or patterns (`team-*`) of namespaces that may use it; never empty. */
  readonly namespaces: readonly string[];
}
