import { createHmac } from "node:crypto";
import type { Found, Outcome, Tree } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import type { DopplerContent } from "./content.ts";
import { describeRead } from "./download.ts";
import type { DopplerParams, DopplerQuery, DopplerRef } from "./params.ts";

/** A secret of a config, and its version. */
export interface VersionedSecret {
  readonly value: Secret;
  readonly version: string;
}

/** A whole config as it was found. */
export interface DopplerFound extends Found {
  /** Sorted by name; empty where Doppler wrote a form of its own. */
  readonly secrets: ReadonlyMap<string, VersionedSecret>;
}

/** Whether what was found is a whole config. */
export function isDopplerFound(found: Found): found is DopplerFound {
  return "secrets" in found;
}

/** What a ref is in what was downloaded for it. `key`: what versions are made with. */
export function outcomeOf(
  { query, secret }: DopplerRef,
  content: DopplerContent,
  params: DopplerParams,
  key: Secret,
): Outcome {
  const owned = params.dynamicTtl === undefined ? {} : { owned: true as const };
  const version = (name: string, value: Secret) => versionOf(key, [...placeOf(query, params), name], value);
  if (secret === undefined) return { ...wholeOf(query, content, version), ...owned };
  const value = content.secrets?.get(secret);
  if (value === undefined) {
    const problem = `Doppler has no secret ${secret}, when ${describeRead(query, params)}; check its name and config`;
    return { kind: "missing", problem };
  }
  return { kind: "found", value, version: version(secret, value), ...owned };
}

type VersionOf = (name: string, value: Secret) => string;

function wholeOf(
  { format, transformer }: DopplerQuery,
  { body, secrets }: DopplerContent,
  version: VersionOf,
): DopplerFound {
  const form = `${format} ${transformer ?? ""}`;
  if (secrets === undefined || format !== "map") {
    return { kind: "found", value: body, version: version(form, body), secrets: new Map() };
  }
  // Sorted, so that the same content has the same bytes in whatever order Doppler gives it.
  const texts = [...secrets].map(([name, value]) => [name, value.revealText()] as const);
  const value = Secret.fromText(
    `{${texts.map((pair) => pair.map((text) => JSON.stringify(text)).join(":")).join(",")}}`,
  );
  const versioned = [...secrets].map(([name, one]) => [name, { value: one, version: version(name, one) }] as const);
  const held = texts.length * 300 + value.size;
  const tree = (): Tree => Object.assign(Object.create(null) as Record<string, Tree>, Object.fromEntries(texts));
  return { kind: "found", value, version: version(form, value), secrets: new Map(versioned), held, tree };
}

/** What is equal on every node for the same content, and differs where the content may. */
function placeOf({ config }: DopplerQuery, params: DopplerParams): readonly string[] {
  return [params.host, params.project, config === "" ? params.config : config];
}

/** Doppler numbers no versions: an HMAC of the content stands in for one. */
function versionOf(key: Secret, named: readonly string[], value: Secret): string {
  const hash = createHmac("sha256", key.reveal()).update(JSON.stringify(named)).update("\0").update(value.reveal());
  return hash.digest("base64url").slice(0, 22);
}
