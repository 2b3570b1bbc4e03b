import { shownName } from "../../../text/shown-name.ts";
import { plainFormat } from "./contract.ts";
import { entriesOf, isMap, lineOf, outputError, type Entry } from "./data.ts";

/**
 * `ini`: a section for each map. A value is quoted only where readers would cut it; what INI cannot hold is an error.
 * Own code, since the readers agree on no more than this, and libraries write an escaping that only they read.
 */
export const iniFormat = plainFormat("ini", (data) =>
  entriesOf(data, "ini")
    .map(([name, section]) => {
      if (!isMap(section)) {
        throw outputError(`output ini needs a map of maps; ${shownName(name)} is a single value without a section`);
      }
      if (/[\][\r\n]|^\s|\s$|^$/u.test(name)) {
        throw outputError(`output ini: ${shownName(name)} cannot be the name of a section`);
      }
      const lines = Object.entries(section).filter(([, value]) => value !== null);
      return `[${name}]\n${lines.map((entry) => lineOfValue(entry, name)).join("")}`;
    })
    .join("\n"),
);

function lineOfValue(entry: Entry, section: string): string {
  const [key] = entry;
  if (!/^[^\s=:;#[\]"'`][^=:\r\n"'`]*$/u.test(key) || /\s$/u.test(key)) {
    throw outputError(`output ini: the key ${shownName(key)} of section ${shownName(section)} cannot be written`);
  }
  const value = lineOf(entry, "ini");
  const isPlain = value === value.trim() && !/^["'`]|[;#]|\\$/u.test(value);
  if (isPlain) return `${key} = ${value}\n`;
  if (value.includes('"') || value.endsWith("\\")) {
    throw outputError(
      `output ini: ${shownName(key)} of section ${shownName(section)} would have to be quoted and holds a quote or ends in a backslash`,
    );
  }
  return `${key} = "${value}"\n`;
}
