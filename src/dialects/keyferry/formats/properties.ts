import type { Tree } from "../../../model/outcome.ts";
import { shownName } from "../../../text/shown-name.ts";
import { plainFormat } from "./contract.ts";
import { entriesOf, isMap, outputError, textOf, type Entry } from "./data.ts";
import { propertiesEscaped } from "./quoting.ts";

/**
 * `properties`: as `java.util.Properties` reads them, keys of nested maps joined by a dot. Everything but ASCII is
 * escaped, so that the encoding of the reader does not matter.
 */
export const propertiesFormat = plainFormat("properties", (data) => {
  const flat = new Map<string, string>();
  for (const entry of entriesOf(data, "properties")) flatten(entry, "", flat);
  if (flat.size === 0) throw outputError("output properties has nothing to write: the map has no value");
  return [...flat]
    .map(([key, value]) => `${propertiesEscaped(key, true)}=${propertiesEscaped(value, false)}\n`)
    .join("");
});

function flatten([key, value]: Entry, before: string, flat: Map<string, string>): void {
  const name = before + key;
  if (value === null) return;
  if (isMap(value)) {
    for (const entry of Object.entries(value) as readonly (readonly [string, Tree])[]) flatten(entry, `${name}.`, flat);
    return;
  }
  if (flat.has(name)) throw outputError(`output properties: two values have the key ${shownName(name)}; rename one`);
  flat.set(name, textOf([name, value], "properties"));
}
