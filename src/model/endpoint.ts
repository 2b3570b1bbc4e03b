/** Where a connection goes, for `keyferry doctor`, which opens one and sends nothing. */
export interface Endpoint {
  /** `https://HOST`, `http://HOST` or `unix:///PATH`; what follows the host does not count. */
  readonly address: string;
  /** PEM certificates that are trusted instead of the system's. */
  readonly ca?: string | undefined;
  /** Name that the server's certificate must bear; the address's host if left out. */
  readonly serverName?: string | undefined;
  /** The operator said that any certificate is taken. */
  readonly insecure?: boolean | undefined;
}
