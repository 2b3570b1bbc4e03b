import { MountError } from "../model/error.ts";

/** What a person can do about a connection that failed, by Node's or OpenSSL's code. */
const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused the connection; nothing listens there",
  ECONNRESET: "closed the connection before it answered",
  EHOSTUNREACH: "cannot be reached from this node",
  ENETUNREACH: "cannot be reached from this node",
  ENOTFOUND: "is not known to DNS",
  EAI_AGAIN: "could not be looked up; DNS does not answer",
  ENOENT: "has no socket at that path",
  EACCES: "has a socket that may not be opened",
  ETIMEDOUT: "did not accept a connection in time",
  UND_ERR_CONNECT_TIMEOUT: "did not accept a connection in time",
  UND_ERR_SOCKET: "closed the connection before the answer was complete",
};

/** Codes of certificates that do not verify; asking again does not help. */
const certificates: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed; name its CA",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name; correct the address or the server name",
  SELF_SIGNED_CERT_IN_CHAIN: "the CA of its certificate is not trusted; name the CA",
  UNABLE_TO_GET_ISSUER_CERT: "the CA of its certificate is not trusted; name the CA",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the CA of its certificate is not trusted; name the CA",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the CA of its certificate is not trusted; name the CA",
};

/** Codes of connections that broke after the request may have been sent: what it asked may be the cause. */
const broken: ReadonlySet<string> = new Set(["ECONNRESET", "UND_ERR_SOCKET"]);

/** Why there was no answer from `host`, from what Node threw. The thrown text is kept as the cause only. */
export function connectionError(host: string, thrown: unknown): MountError {
  const code = codeIn(thrown);
  const unreached = { cause: thrown, outage: "unreached" } as const;
  const certificate = certificates[code];
  if (certificate !== undefined) {
    return new MountError("store_untrusted", `${host} is not trusted: ${certificate}`, unreached);
  }
  if (/^ERR_(?:SSL|TLS|OSSL)_/u.test(code) || code === "EPROTO") {
    const text = `${host} refused the TLS handshake; check scheme, port and client certificate`;
    return new MountError("store_untrusted", text, unreached);
  }
  if (/^(?:HPE|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_CONTENT)/u.test(code)) {
    return new MountError("store_protocol", `${host} did not answer in HTTP`, { cause: thrown });
  }
  if (code === "UND_ERR_INVALID_ARG") {
    return new MountError(
      "parameter_invalid",
      `what is to be sent to ${host} cannot be sent; check namespace and names`,
      {
        cause: thrown,
      },
    );
  }
  const sentence = sentences[code];
  const isJudged = sentence === undefined || broken.has(code);
  const context = isJudged ? { cause: thrown } : unreached;
  return new MountError("store_unavailable", `${host} ${sentence ?? "could not be asked"}`, context);
}

/** The first code found; several addresses of one host fail together as an AggregateError. */
function codeIn(thrown: unknown): string {
  if (typeof thrown !== "object" || thrown === null) return "";
  if ("code" in thrown && typeof thrown.code === "string") return thrown.code;
  if ("name" in thrown && thrown.name === "HTTPParserError") return "HPE";
  const inner =
    "errors" in thrown && Array.isArray(thrown.errors) ? (thrown.errors as readonly unknown[])[0] : undefined;
  if (inner !== undefined) return codeIn(inner);
  return "cause" in thrown ? codeIn(thrown.cause) : "";
}
