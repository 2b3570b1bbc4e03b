import { describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../../src/model/error.ts";
import { NumberText } from "../../../../../src/model/number-text.ts";
import type { Tree } from "../../../../../src/model/outcome.ts";
import { Templates } from "../../../../../src/dialects/keyferry/templates/templates.ts";
import { renderContext } from "../../../../fakes/format-input.ts";

const pem = "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n";
const keyPem = "-----BEGIN PRIVATE KEY-----\nYg==\n-----END PRIVATE KEY-----\n";

const values = {
  t: 'it\'s a "text"',
  lines: "one\ntwo\n",
  n: new NumberText("1.10", 1.1),
  big: 2n ** 60n,
  port: 5432,
  yes: true,
  none: null,
  bytes: Uint8Array.of(0xff, 0xfe),
  db: { user: "shop", password: "p:w/d?", nested: { a: [1, new NumberText("2.0", 2)] } },
  list: ["b", "a"],
  pem: keyPem + pem,
  special: "é=#! ~*'()",
} satisfies Record<string, Tree>;

const templates = new Templates();

async function render(text: string, given: Readonly<Record<string, Tree>> = values): Promise<string> {
  const parsed = templates.parse(text);
  if (!("text" in parsed)) throw new Error(`${parsed.line}:${parsed.column} ${parsed.problem}; ${parsed.fix}`);
  return templates.render(parsed, given, renderContext());
}

describe("what a template writes", () => {
  test.each([
    ["{{ t }}|{{ port }}|{{ n }}|{{ big }}|{{ yes }}|{{ none }}", `it's a "text"|5432|1.10|1152921504606846976|true|`],
    ["{% if none %}x{% else %}y{% endif %}{% unless db.nope %}z{% endunless %}", "yz"],
    ['{{ db.nope | default: "d" }}', "d"],
    ["{% if n > 1 %}more{% endif %}{% if n == 1.1 %}same{% endif %}", "moresame"],
    ["{{ n | append: 'x' }} {{ n | plus: 1 }} {{ port | times: 2 }}", "1.10x 2.1 10864"],
    ["{% for x in list %}{{ x }}{% unless forloop.last %},{% endunless %}{% endfor %}", "b,a"],
    ["{% assign x = list | sort | join: '-' %}{{ x }}", "a-b"],
    ["{% capture x %}{{ t | size }}{% endcapture %}{{ x }}", "13"],
    ["{{ list }}", "ba"],
    ["{% raw %}{{ x }}{% endraw %}{% comment %}{{ y }}{% endcomment %}{%- # note -%}", "{{ x }}"],
  ])("%s", async (text, expected) => {
    expect(await render(text)).toBe(expected);
  });
});

/** Each filter with the example of its documentation. */
const filters: readonly (readonly [filter: string, text: string, expected: string])[] = [
  ["b64enc", "{{ t | b64enc }}", Buffer.from(values.t).toString("base64")],
  ["b64enc of bytes", "{{ bytes | b64enc }}", "//4="],
  ["b64dec", '{{ "aGk=" | b64dec }}', "hi"],
  ["b64dec to bytes", '{{ "//4=" | b64dec | hex }}', "fffe"],
  ["b64url", "{{ bytes | b64url }}", "__4"],
  ["hex", "{{ bytes | hex }}", "fffe"],
  ["sha256", '{{ "abc" | sha256 }}', "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ["json", "{{ db | json }}", '{"nested":{"a":[1,2.0]},"password":"p:w/d?","user":"shop"}'],
  ["json of a text", "{{ t | json }}", '"it\'s a \\"text\\""'],
  ["json of a number", "{{ n | json }}", "1.10"],
  ["yaml", "{{ db.nested | yaml | indent: 2 }}", "a:\n    - 1\n    - 2.0"],
  ["dotenv_value", "{{ t | dotenv_value }}", `'it'\\''s a "text"'`],
  ["shell_quote", "{{ t | shell_quote }}", `'it'\\''s a "text"'`],
  ["properties_value", "{{ special | properties_value }}", "\\u00E9=#! ~*'()"],
  ["toml_string", "{{ t | toml_string }}", '"it\'s a \\"text\\""'],
  ["url_encode", "{{ special | url_encode }}", "%C3%A9%3D%23%21%20~%2A%27%28%29"],
  ["indent", "{{ lines | indent: 2 }}", "one\n  two\n  "],
  ["filter_pem", '{{ pem | filter_pem: "CERTIFICATE" }}', pem],
  ["first_pem", "{{ pem | first_pem }}", keyPem],
  ["lines", "{% assign all = lines | lines %}{{ all | join: '+' }}", "one+two"],
  ["required", '{{ t | required: "set t" }}', values.t],
  ["split", "{{ t | split: ' ' | first }}", "it's"],
  ["upcase", "{{ t | upcase }}", 'IT\'S A "TEXT"'],
  ["map", "{{ users | map: 'name' | join: ',' }}", "a,b"],
  ["where", "{% assign b = users | where: 'name', 'b' | first %}{{ b.id }}", "2"],
];

describe("filters", () => {
  test.each(filters)("%s", async (_, text, expected) => {
    const users = [
      { name: "a", id: 1 },
      { name: "b", id: 2 },
    ];
    expect(await render(text, { ...values, users })).toBe(expected);
  });
});

describe("a template that cannot be read", () => {
  test.each([
    [
      "{{ t }}\n  {{ t | shel_quote }}",
      { line: 2, column: 3, problem: /no filter "shel_quote"/u, fix: /shell_quote\?/u },
    ],
    ["{% fr x in list %}", { line: 1, column: 1, problem: /no tag "fr"/u, fix: /for\?/u }],
    ["{% include 'a' %}", { problem: /no tag "include"/u }],
    ["{% render 'a' %}", { problem: /no tag "render"/u }],
    ["{% layout 'a' %}", { problem: /no tag "layout"/u }],
    ["{% tablerow x in list %}{% endtablerow %}", { problem: /no tag "tablerow"/u }],
    ["{{ 'now' | date: '%Y' }}", { problem: /no filter "date"/u }],
    ["{{ t | constructor }}", { problem: /no filter "constructor"/u }],
    ["{{ t | __proto__ }}", { problem: /no filter "__proto__"/u }],
    ["a\n{{ t ", { line: 2, column: 1, problem: /not closed/u }],
    ["{% if t %}", { problem: /not closed/u, fix: /endif/u }],
    ["{% endif %}", { problem: /endif stands without its beginning/u }],
    ["{% assign x %}", { problem: /cannot be read/u }],
    ["{% if a %}".repeat(400), { problem: /not closed/u }],
    ["{{ a }}".repeat(501), { problem: /more than 500 outputs and tags/u }],
    ["x".repeat(65_537), { problem: /more than 65536 characters/u }],
    [`{{ ${"a".repeat(20_000)} }}`, { problem: /more than 16384 characters/u }],
  ] as const)("number %#", (text, { problem, ...more }) => {
    const fix = "fix" in more ? more.fix : /./u;
    const matching = (pattern: RegExp) => expect.stringMatching(pattern) as unknown;
    expect(templates.parse(text)).toMatchObject({ ...more, problem: matching(problem), fix: matching(fix) });
  });
});

describe("names that a template expects", () => {
  test.each([
    ["{{ a.b }}{{ c | append: d }}{% if e and f == g[h] %}{% endif %}", ["a", "c", "d", "e", "f", "g", "h"]],
    ["{% assign x = a %}{{ x }}{% for y in b %}{{ y }}{{ forloop.index }}{% endfor %}{{ y }}", ["a", "b", "y"]],
    ["{% for i in (1..n) %}{{ i | plus: m }}{% endfor %}{% case c %}{% when w %}{% endcase %}", ["n", "m", "c", "w"]],
    ["{% capture z %}{{ a }}{% endcapture %}{{ z }}{% raw %}{{ r }}{% endraw %}", ["a"]],
    ["{{ true }}{{ nil }}{{ empty }}{{ 'text' }}{{ 5 }}", []],
  ])("%s", (text, names) => {
    expect(templates.parse(text)).toMatchObject({ names: names.map((name) => ({ name })) });
  });
});

describe("a template that fails names line and column, and no value", () => {
  test.each([
    ["\n {{ db.usr }}", /^line 2, column 5 of the template: "db\.usr" is not there; did you mean user\?$/u],
    ["{% assign x = db.usr %}", /column 15 of the template: "db\.usr" is not there/u],
    ["{% for x in db.nope %}{% endfor %}", /"db\.nope" is not there/u],
    ["{{ db.__proto__ }}", /"db\.__proto__" is not there/u],
    ["{{ db.constructor }}", /"db\.constructor" is not there/u],
    ["{{ t.constructor }}", /"t\.constructor" is not there/u],
    ["{{ n.constructor }}", /"n\.constructor" is not there/u],
    ["{{ bytes.unwrap }}", /"bytes\.unwrap" is not there/u],
    ["{{ list.join }}", /"list\.join" is not there/u],
    ["{{ db }}", /column 1 of the template: a map cannot be printed; name one of its keys/u],
    ["{{ db | upcase }}", /upcase: the value is a map/u],
    ["{{ list | shell_quote }}", /shell_quote: the value is a list/u],
    ["{{ bytes }}", /the value is not text; write b64enc, hex or sha256/u],
    ["{{ t | append: bytes }}", /append: the value is not text/u],
    ["{{ t | plus: 1 }}", /plus takes numbers/u],
    ["{{ port | divided_by: t }}", /divided_by takes numbers/u],
    ["{{ t | b64dec }}", /b64dec: it holds characters that are not base64/u],
    ["{{ t | first_pem }}", /there is no PEM block/u],
    ["{{ t | indent: 101 }}", /indent takes a number from 0 to 100/u],
    ['{{ none | required: "set none in the store" }}', /: set none in the store;/u],
    ['{{ db.nope | required: "set nope" }}', /: set nope; add "db\.nope"/u],
    ["{% for i in (1..100000) %}{{ pem }}{% endfor %}", /the output is larger than 1 MiB/u],
  ])("%s", async (text, says) => {
    const error: unknown = await render(text).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MountError);
    expect(error).toMatchObject({ reason: "template_failed", message: expect.stringMatching(says) as unknown });
    for (const value of [values.t, "YQ==", "p:w/d?"]) expect(String(error)).not.toContain(value);
  });
});

describe("where a template is rendered", () => {
  const apart = async (text: string, given: Readonly<Record<string, Tree>>) => {
    const parsed = templates.parse(text);
    if (!("text" in parsed)) throw new Error(parsed.problem);
    let jobs = 0;
    const context = renderContext();
    await templates.render(parsed, given, {
      run: (job, input) => {
        jobs += 1;
        return context.run(job, input);
      },
    });
    return jobs > 0;
  };

  test.each([
    { text: "{{ a | upcase | shell_quote }}{% if a %}x{% endif %}", is: false },
    { text: "{% for x in a %}{% endfor %}", is: true },
    { text: "{%\u180efor x in a %}{% endfor %}", is: true },
    { text: "{% liquid for x in a\nendfor %}", is: true },
    { text: "{% assign b = a | append: a %}", is: true },
    { text: "{{ a | split: '' | size }}", is: true },
    { text: "{{ (1..5) | size }}", is: true },
  ])("$text: apart $is", async ({ text, is }) => {
    expect(await apart(text, { a: "x" })).toBe(is);
  });

  test("large values, and what makes much of small ones, are apart", async () => {
    expect(await apart("{{ a }}", { a: "x".repeat(70_000) })).toBe(true);
    expect(await apart("{{ a | hex | hex | hex | hex | hex | hex | size }}", { a: "x".repeat(40_000) })).toBe(true);
  });
});
