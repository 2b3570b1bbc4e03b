import { foreignAnswer, jsonOf, outageOf } from "../../http/outage.ts";
import { MountError } from "../../model/error.ts";
import type { DopplerReply } from "./call.ts";

/** What Doppler says itself of what it refused. */
interface OwnWords {
  /** Doppler's messages as one text, cut, without control characters and tokens. */
  readonly text: string;
  /** Milliseconds after which it may be asked again. */
  readonly retryAfter: number | undefined;
}

/** Longest piece of Doppler's messages that is shown, in characters. */
const longestShown = 300;

/** Longest time that Doppler's own words may ask for, in ms. */
const longestPause = 300_000;

/** Reads an error of Doppler's; undefined for what something else answered. */
export function ownWords(body: Uint8Array): OwnWords | undefined {
  const json = jsonOf(body);
  if (typeof json !== "object" || json === null || !("messages" in json) || !Array.isArray(json.messages)) {
    return undefined;
  }
  const messages = (json.messages as readonly unknown[]).filter((one) => typeof one === "string");
  const data = "data" in json ? json.data : undefined;
  const seconds =
    typeof data === "object" && data !== null && "isRetryableAfterSec" in data ? data.isRetryableAfterSec : undefined;
  const retryAfter = typeof seconds === "number" && seconds >= 0 ? Math.min(seconds * 1000, longestPause) : undefined;
  return { text: shownText(messages.join("; ")), retryAfter };
}

function shownText(text: string): string {
  const plain = text.replace(/\p{Cc}+/gu, " ").replace(/\bdp\.[A-Za-z0-9_.-]+/gu, "dp.…");
  return plain.slice(0, longestShown);
}

/** Who refused what: texts for messages. */
export interface Refused {
  readonly host: string;
  /** `the login with identity …`, `reading config "prd" of project "shop"`. */
  readonly what: string;
}

/** What an answer other than 200 and 304 means. 404 is the caller's to make an absence of. */
export function refusalOf(reply: DopplerReply, { host, what }: Refused): MountError {
  const { status } = reply;
  const name = new URL(host).host;
  const words = ownWords(reply.body);
  const retryAfter = reply.retryAfter ?? words?.retryAfter;
  const seconds = retryAfter === undefined ? "" : `; it may be asked again in ${Math.ceil(retryAfter / 1000)} s`;
  const outage = outageOf(
    { status, retryAfter },
    {
      throttled: `429 Too Many Requests: ${name} throttles ${what}${seconds}; its limits count per token and per IP address`,
      failed: `${status}: ${name} failed with ${what}`,
    },
  );
  if (outage !== undefined) return outage;
  if (words === undefined) return foreignAnswer(reply, name, "Doppler's API");
  const said = words.text === "" ? "" : `: ${words.text}`;
  switch (status) {
    case 400:
    case 422:
      return new MountError("parameter_invalid", `${status}: Doppler does not take ${what}${said}`);
    case 401:
      return new MountError("identity_rejected", `401 Unauthorized: Doppler refused ${what}${said}`);
    case 403:
      return new MountError("access_denied", `403 Forbidden: Doppler does not allow ${what}${said}; ${deniedFix}`);
    case 404:
      return new MountError("object_not_found", `404 Not Found: ${what}${said}; check project, config and identity`);
    default:
      return new MountError("store_protocol", `${status}: Doppler refused ${what}${said}`);
  }
}

const deniedFix = "give the token, or the identity's service account, access to this config";

/** An answer that says nothing of what was asked, though it is Doppler's. */
export function garbled(what: string): MountError {
  return new MountError("store_protocol", `Doppler's answer ${what}`);
}
