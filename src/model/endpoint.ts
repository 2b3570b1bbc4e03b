/** Where a connection goes, for `keyferry doctor`, which opens one and sends nothing. Files are named, not read. */
export interface Endpoint {
  /** `https://HOST`, `http://HOST` or `unix:///PATH`; what follows the host does not count. */
  readonly address: string;
  /** PEM certificates that are trusted instead of the system's. */
  readonly ca?: string | undefined;
  /** File, or folder of files, with such certificates; the file beats `ca`, which beats the folder. */
  readonly caFile?: string | undefined;
  readonly caFolder?: string | undefined;
  /** Whether all of these are trusted, beside the system's. */
  readonly addsCa?: boolean | undefined;
  /** Name that the server's certificate must bear (default: the address's host). */
  readonly serverName?: string | undefined;
  /** The operator said that any certificate is taken. */
  readonly insecure?: boolean | undefined;
}
