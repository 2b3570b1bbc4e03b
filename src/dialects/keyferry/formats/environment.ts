import type { Tree } from "../../../model/outcome.ts";
import { shownName } from "../../../text/shown-name.ts";
import { plainFormat } from "./contract.ts";
import { entriesOf, outputError, textOf } from "./data.ts";
import { dotenvValue, shellQuoted } from "./quoting.ts";

/** `dotenv`: `KEY=value` lines that docker's `--env-file`, `sh` and dotenv libraries read alike where they can. */
export const dotenvFormat = plainFormat("dotenv", (data) =>
  linesOf(data, "dotenv", (key, value) => `${key}=${dotenvValue(value)}`),
);

/** `shell`: `export KEY='…'` lines for `.` of any POSIX shell; values are exactly as stored. */
export const shellFormat = plainFormat("shell", (data) =>
  linesOf(data, "shell", (key, value) => `export ${key}=${shellQuoted(value)}`),
);

function linesOf(data: Tree, output: string, line: (key: string, value: string) => string): string {
  return entriesOf(data, output)
    .map((entry) => {
      const [key] = entry;
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/u.test(key)) {
        throw outputError(
          `output ${output}: the key ${shownName(key)} is no name of a variable (letters, digits, _); rename it in the store, or write the line with a template`,
        );
      }
      const value = textOf(entry, output);
      if (value.includes("\0")) throw outputError(`output ${output}: ${shownName(key)} holds a zero byte`);
      return `${line(key, value)}\n`;
    })
    .join("");
}
