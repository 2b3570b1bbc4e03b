import { MountError } from "../model/error.ts";

/** What of an answer tells an outage from an answer to the question. */
export interface OutageSigns {
  readonly status: number;
  /** As the server asked, in ms; undefined where it did not. */
  readonly retryAfter: number | undefined;
}

/** What is said of the server in either case; neither may hold anything of the answer that could be a secret. */
export interface OutageTexts {
  readonly throttled: string;
  readonly failed: string;
}

/** Statuses of servers that cannot do what they were asked, now or later (RFC 9110, sections 15.6.2 and 15.6.6). */
const never: ReadonlySet<number> = new Set([501, 505]);

/**
 * `store_throttled` for 429, `store_unavailable` for 408 and every 5xx but 501 and 505; undefined where the answer is one to the
 * question. One rule for every server that is asked, so that none is repeated where another is not.
 */
export function outageOf({ status, retryAfter }: OutageSigns, texts: OutageTexts): MountError | undefined {
  const pause = retryAfter === undefined ? {} : { retryAfter };
  if (status === 429) return new MountError("store_throttled", texts.throttled, pause);
  if (status === 408) return new MountError("store_unavailable", texts.failed, pause);
  return status >= 500 && !never.has(status)
    ? new MountError("store_unavailable", texts.failed, { ...pause, outage: "broken" })
    : undefined;
}

/** Longest body that is looked into to tell whose it is, in bytes; the errors of stores are short. */
const maxLookedInto = 64 * 1024;

/** A body as JSON; undefined where it is none, or too long to be an error of a store. */
export function jsonOf(body: Uint8Array): unknown {
  if (body.byteLength > maxLookedInto) return undefined;
  try {
    return JSON.parse(Buffer.from(body).toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

/** What is known of an answer that is not the store's. */
export interface ForeignSigns {
  readonly status: number;
  readonly body: Uint8Array | string;
}

/** What Go's and nginx's servers say to plain HTTP. */
const speaksTlsOnly = /HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)/iu;

/**
 * What an answer means that does not have the store's own form, whatever its status: something between here and the store
 * gave it, which is an outage, and never absence or a refusal. `who` is the address; `store` what should have answered.
 */
export function foreignAnswer({ status, body }: ForeignSigns, who: string, store: string): MountError {
  const start = typeof body === "string" ? body.slice(0, 1024) : Buffer.from(body.subarray(0, 1024)).toString("latin1");
  if (speaksTlsOnly.test(start)) {
    return new MountError("store_untrusted", `${who} takes TLS only; write https:// in the address`);
  }
  const text = `${who} answered with status ${status} and not in the form of ${store}`;
  const fix = "a proxy, an ingress or a login page answers in its place; correct the address or the way to it";
  return new MountError("store_unavailable", `${text}: ${fix}`);
}
