/** What a server says, and what to do about it where that is not plain from it. */
export interface KnownReason {
  readonly said: string;
  readonly fix?: string;
  /** Whether asking again is of no use, although the status is one of an outage. */
  readonly isFinal?: true;
}

/** Of a login. `{mount}` stands for the path of the auth mount. Sources: vault-plugin-auth-kubernetes, -jwt. */
const logins: readonly (readonly [RegExp, KnownReason])[] = [
  [
    /claim "?iss"? is invalid|invalid issuer/iu,
    {
      said: 'claim "iss" is invalid',
      fix: "the mount expects another issuer of the pod's token: set disable_iss_validation=true, or issuer, in auth/{mount}/config",
      isFinal: true,
    },
  ],
  [
    /could not load (?:backend )?configuration|backend not configured|no configuration (?:found|set)/iu,
    {
      said: "the auth mount is not configured",
      fix: "write auth/{mount}/config, with kubernetes_host or the issuer's keys",
      isFinal: true,
    },
  ],
  [
    /x509:|certificate signed by unknown authority|tls: failed to verify/iu,
    {
      said: "the server does not trust the certificate of the Kubernetes API, where it reviews tokens",
      fix: "set kubernetes_ca_cert, and kubernetes_host to a name in that certificate, in auth/{mount}/config",
      isFinal: true,
    },
  ],
  [
    /tokenreviews.{0,300}(?:dial tcp|connection refused|no such host|timeout|deadline)/isu,
    {
      said: "the server cannot reach the Kubernetes API, where it reviews tokens",
      fix: "correct kubernetes_host in auth/{mount}/config, or the way there",
    },
  ],
  [
    /lookup failed|tokenreviews.{0,300}(?:forbidden|unauthorized)/isu,
    {
      said: "the server could not review the pod's token",
      fix: "grant system:auth-delegator to the account of token_reviewer_jwt in auth/{mount}/config, and renew that token if it has ended",
    },
  ],
  [
    /no known key successfully validated|error verifying token signature|failed to verify (?:id )?token/iu,
    {
      said: "the signature of the pod's token is not by a key that the auth mount knows",
      fix: "correct jwks_url, oidc_discovery_url or the keys in auth/{mount}/config: they are those of another cluster",
    },
  ],
  [
    /invalid audience|audience.{0,40}(?:does not match|not (?:found|valid))|aud.{0,10} claim/iu,
    {
      said: "the audience of the pod's token is not one that the role takes",
      fix: "set the audience of the manifest to that of the role (audience, or bound_audiences), or the other way round",
    },
  ],
];

/**
 * Of whatever is asked. Only as far as it is known to hold nothing of the request or of a secret engine's back end: errors
 * of plugins can quote connection strings.
 */
const others: readonly (readonly [RegExp, KnownReason])[] = [
  [
    /permission denied to create|must be superuser|insufficient privilege/iu,
    {
      said: "the engine's own account may not do this in its back end",
      fix: "grant the account of the engine's connection the rights that the role's statements need",
    },
  ],
  [/permission denied/iu, { said: "permission denied" }],
  [/invalid role name/iu, { said: "invalid role name" }],
  [/role .{0,200} could not be found/iu, { said: "the role could not be found" }],
  [/service account name not authorized/iu, { said: "service account name not authorized" }],
  [/namespace not authorized/iu, { said: "namespace not authorized" }],
  [/namespace not found|no namespace|invalid namespace/iu, { said: "the vault namespace does not exist" }],
  [/no handler for route|unsupported path|route entry not found/iu, { said: "nothing is mounted at that path" }],
  [/unsupported operation/iu, { said: "unsupported operation" }],
  [/vault is sealed/iu, { said: "the server is sealed" }],
  [/not initialized/iu, { said: "the server is not initialized" }],
  [/missing client token/iu, { said: "missing client token" }],
  [/error validating (?:token|claims)/iu, { said: "the pod's token is not valid for this role" }],
  [/token is expired|token has expired/iu, { said: "the pod's token has expired" }],
  [
    /failed to find entry for connection|connection .{0,200} not (?:found|configured)/iu,
    {
      said: "the engine has no connection of the name that the role gives",
      fix: "write the connection's configuration, or correct db_name in the role",
    },
  ],
  [
    /password authentication failed|access denied for user|authentication failed|invalid credentials/iu,
    {
      said: "the back end of the engine does not take the engine's own credentials",
      fix: "correct the account in the configuration of the engine's connection",
    },
  ],
  [
    /dial tcp|connection refused|no such host|no route to host/iu,
    {
      said: "the engine cannot reach its back end",
      fix: "correct the address in the configuration of the engine's connection, or the way there",
    },
  ],
  [/context deadline exceeded|i\/o timeout|timed out/iu, { said: "the engine's back end did not answer in time" }],
  [/x509:/iu, { said: "the engine does not trust the certificate of its back end" }],
  [/unknown role|role not found|role .{0,200} not found/iu, { said: "unknown role" }],
  [/unknown secret|no value found|not found/iu, { said: "not found" }],
  [/rate limit|request path .{0,200} rate/iu, { said: "rate limited" }],
  [/missing (?:common_name|required)|required/iu, { said: "an argument is missing" }],
  [/common name .{0,300} not allowed|not allowed by this role/iu, { said: "the role does not allow that name" }],
];

/** What is known of an error answer's texts. */
export function knownReason(texts: readonly string[]): KnownReason | undefined {
  return reasonIn(others, texts);
}

/** The same of a login at an auth mount. */
export function knownLoginReason(texts: readonly string[], mount: string): KnownReason | undefined {
  const reason = reasonIn(logins, texts) ?? knownReason(texts);
  if (reason?.fix === undefined) return reason;
  return { ...reason, fix: reason.fix.replaceAll("{mount}", mount) };
}

/** Longest text that is searched, in characters. */
const maxSearched = 4_000;

function reasonIn(
  list: readonly (readonly [RegExp, KnownReason])[],
  texts: readonly string[],
): KnownReason | undefined {
  const short = texts.map((text) => text.slice(0, maxSearched));
  return list.find(([pattern]) => short.some((text) => pattern.test(text)))?.[1];
}
