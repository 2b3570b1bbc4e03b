import { plainFormat } from "./contract.ts";
import { fieldOf, isMap, outputError, recordsOf } from "./data.ts";

/** `pgpass`: one line for each login, as libpq reads `PGPASSFILE`. */
export const pgpassFormat = plainFormat("pgpass", (data) =>
  recordsOf(data, "pgpass")
    .map((record) => {
      const anything = ["host", "port", "database"].map((name) => fieldOf(record, name, "pgpass", "*"));
      const login = ["username", "password"].map((name) => fieldOf(record, name, "pgpass"));
      const [first = ""] = anything;
      // A line that starts with # is a comment to libpq.
      if (first.startsWith("#"))
        throw outputError("output pgpass: a host starts with #, which makes the line a comment");
      return `${[...anything, ...login].map((field) => field.replaceAll(/[\\:]/gu, "\\$&")).join(":")}\n`;
    })
    .join(""),
);

/** `netrc`: one line for each machine; fields with blanks or quotes stand in double quotes, as curl and Python read them. */
export const netrcFormat = plainFormat("netrc", (data) =>
  recordsOf(data, "netrc")
    .map((record) => {
      const words = ["machine", "login", "password"].flatMap((name) => [
        name,
        netrcWord(fieldOf(record, name, "netrc")),
      ]);
      return `${words.join(" ")}\n`;
    })
    .join(""),
);

function netrcWord(word: string): string {
  if (/^[^\s"'\\#][^\s"\\]*$/u.test(word)) return word;
  return `"${word.replaceAll(/["\\]/gu, "\\$&")}"`;
}

/** `my.cnf`: a `[client]` section as MySQL and MariaDB read it. */
export const mySqlFormat = plainFormat("my.cnf", (data) => {
  if (!isMap(data)) throw outputError("output my.cnf needs a map with user and password; select one with jmesPath");
  const user = Object.hasOwn(data, "user") ? "user" : "username";
  const lines = [
    `user=${mySqlValue(fieldOf(data, Object.hasOwn(data, user) ? user : "user", "my.cnf"))}`,
    `password=${mySqlValue(fieldOf(data, "password", "my.cnf"))}`,
    ...["host", "port"].flatMap((name) => {
      const value = fieldOf(data, name, "my.cnf", "");
      return value === "" ? [] : [`${name}=${name === "port" ? portOf(value) : mySqlValue(value)}`];
    }),
  ];
  return `[client]\n${lines.join("\n")}\n`;
});

/** In double quotes: then neither `#` nor a blank at an end is lost, and backslashes are escapes. */
function mySqlValue(value: string): string {
  return `"${value.replaceAll(/["\\]/gu, "\\$&").replaceAll("\t", "\\t")}"`;
}

function portOf(text: string): string {
  if (/^[0-9]{1,5}$/u.test(text)) return text;
  throw outputError("output my.cnf: port is not a number");
}
