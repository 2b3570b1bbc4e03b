import { foreignAnswer } from "../../http/outage.ts";
import { Secret } from "../../model/secret.ts";
import { parseJson } from "../../text/json.ts";
import { garbled } from "./errors.ts";
import type { DopplerQuery } from "./params.ts";

/** What Doppler answered for one query. */
export interface DopplerContent {
  /** As it came. */
  readonly body: Secret;
  /** By name, sorted; undefined for the forms that are no flat JSON. */
  readonly secrets: ReadonlyMap<string, Secret> | undefined;
}

/** Reads the body of a download. Throws MountError for what Doppler does not answer. */
export function contentOf(body: Uint8Array, { format }: DopplerQuery, host: string): DopplerContent {
  const bytes = new Secret(Uint8Array.from(body));
  const secrets = readMap(body);
  // What something on the way says in Doppler's place is HTML as a rule, whatever was asked for.
  const foreign = () => foreignAnswer({ status: 200, body }, new URL(host).host, "Doppler's API");
  // The same request for both, so the same content.
  if (format === "map" || format === "json") {
    if (secrets === undefined) throw foreign();
    return { body: bytes, secrets: mapOf(secrets) };
  }
  const start = Buffer.from(body.subarray(0, 100)).toString("latin1");
  if (format === "dotnet-json" ? secrets === undefined : /^\s*<(?:!doctype|html)/iu.test(start)) throw foreign();
  if (secrets?.["success"] === false) throw garbled("says that it failed, with status 200");
  return { body: bytes, secrets: undefined };
}

/** A JSON object; undefined for anything else. */
function readMap(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(body));
    const isMap = typeof parsed === "object" && parsed !== null && Object.getPrototypeOf(parsed) === null;
    return isMap ? (parsed as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function mapOf(answer: Readonly<Record<string, unknown>>): ReadonlyMap<string, Secret> {
  const names = Object.keys(answer).sort();
  return new Map(
    names.map((name) => {
      const value = answer[name];
      if (typeof value === "string") return [name, Secret.fromText(value)];
      if (name === "success") throw garbled("says that it failed, with status 200");
      throw garbled("has a value that is no text");
    }),
  );
}
