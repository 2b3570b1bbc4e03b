/** What a vault asks for with 401 (RFC 6750, section 3; "Continuous access evaluation", claims challenges). */
export interface Challenge {
  /** What the token must be for. */
  readonly resource: string | undefined;
  /** Id or domain of the tenant that the vault trusts. */
  readonly tenant: string | undefined;
  /** JSON that the next sign-in must hand over; undefined where a new token would be refused as this one was. */
  readonly claims: string | undefined;
}

/** Longest challenge that is looked into, in characters. */
const maxLength = 8 * 1024;

/** Reads a `www-authenticate` header; every field is undefined where it is none of Key Vault's. */
export function parseChallenge(header: string): Challenge {
  const text = header.length > maxLength ? "" : header;
  const field = (name: string) => new RegExp(`\\b${name}="([^"]*)"`, "u").exec(text)?.[1];
  const authority = URL.parse(field("authorization") ?? "");
  const tenant = authority?.pathname.split("/")[1] ?? "";
  return {
    resource: field("resource"),
    tenant: /^[A-Za-z0-9.-]{1,128}$/u.test(tenant) ? tenant : undefined,
    claims: field("error") === "insufficient_claims" ? parseClaims(field("claims") ?? "") : undefined,
  };
}

/** Claims come in base64; undefined for what is no JSON object. */
function parseClaims(base64: string): string | undefined {
  const text = Buffer.from(base64, "base64").toString("utf8");
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? text : undefined;
  } catch {
    return undefined;
  }
}
