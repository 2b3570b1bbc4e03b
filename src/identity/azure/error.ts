/** What Azure's servers say in an error, as far as it is read. */
export interface AzureError {
  /** `SecretNotFound`, `Forbidden`, `invalid_client`; empty where there is none. */
  readonly code: string;
  /** Code of `innererror`, such as `SecretDisabled`. */
  readonly inner: string;
  /** Not to be shown: it may repeat what was sent. */
  readonly description: string;
}

/** Reads both forms: Key Vault's `{error: {code, innererror}}` and Entra's `{error, error_description}`. */
export function readAzureError(body: Uint8Array): AzureError {
  const json = body.byteLength > 64 * 1024 ? undefined : parse(body);
  const error = field(json, "error");
  const word = (value: unknown) => (typeof value === "string" && /^[\w.-]{1,64}$/u.test(value) ? value : "");
  const description = field(json, "error_description");
  return {
    code: word(error) || word(field(error, "code")),
    inner: word(field(field(error, "innererror"), "code")),
    description: typeof description === "string" ? description : "",
  };
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
