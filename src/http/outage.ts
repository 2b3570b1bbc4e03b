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

/**
 * `store_throttled` for 429, `store_unavailable` for 408 and every 5xx; undefined where the answer is one to the
 * question. One rule for every server that is asked, so that none is repeated where another is not.
 */
export function outageOf({ status, retryAfter }: OutageSigns, texts: OutageTexts): MountError | undefined {
  const pause = retryAfter === undefined ? {} : { retryAfter };
  if (status === 429) return new MountError("store_throttled", texts.throttled, pause);
  if (status === 408) return new MountError("store_unavailable", texts.failed, pause);
  return status >= 500 ? new MountError("store_unavailable", texts.failed, { ...pause, outage: "broken" }) : undefined;
}
