import { describe, expect, test } from "@jest/globals";
import type { Tree } from "../../../../../src/model/outcome.ts";
import { NumberText } from "../../../../../src/model/number-text.ts";
import { writeOutput } from "../../../../fakes/format-input.ts";

const bytes = Uint8Array.of(0xff, 0xfe);

const rows: readonly { readonly output: string; readonly data: Tree; readonly text: string }[] = [
  {
    output: "json",
    data: { b: new NumberText("1.10", 1.1), a: [{ d: 1, c: null }], big: 2n ** 70n },
    text: '{"a":[{"c":null,"d":1}],"b":1.10,"big":1180591620717411303424}',
  },
  { output: "json", data: "text", text: '"text"' },
  {
    output: "yaml",
    data: { yes: "no", n: new NumberText("1.10", 1.1), port: 5432, b: bytes, key: "-----BEGIN\nabc\n", "=": "=" },
    text: '"=": "="\nb: !!binary |-\n  //4=\nkey: |\n  -----BEGIN\n  abc\n"n": 1.10\nport: 5432\n"yes": "no"\n',
  },
  {
    output: "toml",
    data: { z: { y: new NumberText("1.10", 1.1) }, a: 'q"\n', list: [1, 2n], none: null, t: true },
    text: 'a = "q\\"\\n"\nlist = [ 1, 2 ]\nt = true\n\n[z]\ny = 1.10\n',
  },
  {
    output: "dotenv",
    data: { A: "plain-1.2", B: "two words", C: "it's", D: `it's "both"`, E: 5432, F: "", G: "a#b", H: "$x", I: null },
    text: `A=plain-1.2\nB='two words'\nC="it's"\nD='it'\\''s "both"'\nE=5432\nF=\nG='a#b'\nH='$x'\n`,
  },
  { output: "shell", data: { A: "it's\n$(x)", B: true }, text: "export A='it'\\''s\n$(x)'\nexport B='true'\n" },
  {
    output: "properties",
    data: { "a b": " x\\\n", db: { user: "é", port: 5432, "=": ":", none: null } },
    text: "a\\ b=\\ x\\\\\\n\ndb.user=\\u00E9\ndb.port=5432\ndb.\\==:\n",
  },
  {
    output: "ini",
    data: { db: { user: "shop", note: "a;b", port: 1 }, "other one": { x: null } },
    text: '[db]\nuser = shop\nnote = "a;b"\nport = 1\n\n[other one]\n',
  },
  {
    output: "dockerconfigjson",
    data: { registry: "r.example.com", username: "u", password: "p:w" },
    text: '{"auths":{"r.example.com":{"username":"u","password":"p:w","auth":"dTpwOnc="}}}',
  },
  {
    output: "dockerconfigjson",
    data: {
      "z.example.com": { username: "u", password: "p" },
      a: { registry: "b.example.com", username: "v", password: "q", email: "e@example.com" },
    },
    text: '{"auths":{"b.example.com":{"username":"v","password":"q","email":"e@example.com","auth":"djpx"},"z.example.com":{"username":"u","password":"p","auth":"dTpw"}}}',
  },
  { output: "pgpass", data: { username: "u", password: "p:\\w" }, text: "*:*:*:u:p\\:\\\\w\n" },
  {
    output: "pgpass",
    data: [
      { host: "db", port: 5432, database: "shop", username: "u", password: "p" },
      { username: "v", password: "" },
    ],
    text: "db:5432:shop:u:p\n*:*:*:v:\n",
  },
  {
    output: "netrc",
    data: [{ machine: "m", login: "l", password: 'a "b" \\' }],
    text: 'machine m login l password "a \\"b\\" \\\\"\n',
  },
  {
    output: "my.cnf",
    data: { username: "u", password: 'a#"\\', port: 3306, host: "db", engine: "mysql" },
    text: '[client]\nuser="u"\npassword="a#\\"\\\\"\nhost="db"\nport=3306\n',
  },
];

describe("what an output writes", () => {
  test.each(rows)("$output: $text", async ({ output, data, text }) => {
    expect((await writeOutput(output, data)).toString("utf8")).toBe(text);
  });
});

/** None of these messages may show it. */
const canary = "s3cr3t";

const refused: readonly { readonly output: string; readonly data: Tree; readonly says: RegExp }[] = [
  { output: "json", data: null, says: /nothing to write/u },
  { output: "yaml", data: null, says: /nothing to write/u },
  { output: "toml", data: canary, says: /needs a map/u },
  { output: "toml", data: { a: [canary, null] }, says: /the list "a" holds null/u },
  { output: "toml", data: { n: 2n ** 70n }, says: /"n" is a whole number of more than 64 bits/u },
  { output: "dotenv", data: [canary], says: /needs a map/u },
  { output: "dotenv", data: { A: null }, says: /the map has no value/u },
  { output: "dotenv", data: { "a-b": canary }, says: /the key "a-b" is no name of a variable/u },
  { output: "dotenv", data: { A: { b: canary } }, says: /"A" holds a list or a map/u },
  { output: "shell", data: { A: bytes }, says: /"A" holds bytes that are not text/u },
  { output: "shell", data: { A: `${canary}\0` }, says: /"A" holds a zero byte/u },
  { output: "properties", data: { "a.b": canary, a: { b: canary } }, says: /two values have the key "a\.b"/u },
  { output: "properties", data: { a: [canary] }, says: /"a" holds a list or a map/u },
  { output: "properties", data: { a: {} }, says: /nothing to write/u },
  { output: "ini", data: { a: canary }, says: /"a" is a single value without a section/u },
  { output: "ini", data: { "a]": { b: canary } }, says: /"a\]" cannot be the name of a section/u },
  { output: "ini", data: { a: { "b=": canary } }, says: /the key "b=" of section "a" cannot be written/u },
  { output: "ini", data: { a: { b: `${canary}\nx` } }, says: /"b" holds a line end/u },
  { output: "ini", data: { a: { b: `"${canary};` } }, says: /"b" of section "a" would have to be quoted/u },
  { output: "dockerconfigjson", data: { registry: "r", username: "u" }, says: /needs the key password/u },
  { output: "dockerconfigjson", data: { x: { username: "a:b", password: canary } }, says: /a username holds a colon/u },
  { output: "pgpass", data: { username: canary }, says: /needs the key password/u },
  { output: "pgpass", data: [], says: /the list is empty/u },
  { output: "pgpass", data: [canary], says: /needs a map, or a list of maps/u },
  { output: "pgpass", data: { username: "u", password: `${canary}\n` }, says: /"password" holds a line end/u },
  { output: "netrc", data: { machine: "m", login: "l" }, says: /needs the key password/u },
  { output: "my.cnf", data: { password: canary }, says: /needs the key user/u },
  { output: "my.cnf", data: { user: "u", password: canary, port: "x" }, says: /port is not a number/u },
];

describe("what an output cannot hold is an error that names the key and never the value", () => {
  test.each(refused)("$output: $says", async ({ output, data, says }) => {
    const error: unknown = await writeOutput(output, data).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "output_failed" });
    expect(String(error)).toMatch(says);
    expect(String(error)).not.toContain(canary);
  });
});

test("a key of a prototype is a key like any other", async () => {
  const data = JSON.parse('{"a":{"__proto__":"x","constructor":"y"}}') as Tree;
  expect((await writeOutput("ini", data)).toString()).toContain("constructor = y");
  expect((await writeOutput("yaml", data)).toString()).toContain("__proto__: x");
  expect((await writeOutput("toml", data)).toString()).toContain('__proto__ = "x"');
});
