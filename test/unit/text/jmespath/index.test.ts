import { describe, expect, test } from "@jest/globals";
import { NumberText } from "../../../../src/model/number-text.ts";
import type { Tree } from "../../../../src/model/outcome.ts";
import { createSelector } from "../../../../src/text/jmespath/selector.ts";
import {
  Budget,
  CompiledExpression,
  compileSelection,
  original,
  type Edition,
  type Selected,
} from "../../../../src/text/jmespath/index.ts";
import { parseTree } from "../../../../src/text/tree.ts";
import { treeBytes } from "../../../../src/text/tree-bytes.ts";

const bytes = Uint8Array.of(0, 255);
const tree: Tree = Object.assign(Object.create(null) as Record<string, Tree>, {
  data: { password: "p", "a-b": 1 },
  big: 12345678901234567890n,
  bytes,
  list: [
    { name: "b", v: 2 },
    { name: "a", v: 10 },
  ],
  numbers: [3, 10, 9],
  words: ["b", "\u{1F600}", "\uFF21", "a"],
  deep: [[1], [2, [3]]],
  version: new NumberText("1.10", 1.1),
  empty: null,
});

const select = (expression: string, value: Tree = tree, edition?: Edition): Selected =>
  new CompiledExpression(expression, edition).select(value);
const written = (expression: string, value?: Tree, edition?: Edition): string => {
  const selected = select(expression, value, edition);
  return selected.kind === "found" ? Buffer.from(treeBytes(selected.tree) ?? []).toString() : selected.kind;
};
const problem = (expression: string, edition?: Edition): string => {
  const compiled = compileSelection(expression, edition);
  return compiled.kind === "refused" ? compiled.problem : "compiled";
};

describe("an expression finds", () => {
  test.each([
    ["data.password", "p"],
    ['data."a-b"', 1],
    ["big", 12345678901234567890n],
    ["[big, data.password]", [12345678901234567890n, "p"]],
    ["big || 'x'", 12345678901234567890n],
    ["list[?name=='b'].v | [0]", 2],
    ["@.list[-1].name", "a"],
    ["bytes", bytes],
    ["bytes && 'there'", "there"],
    ["$.list[0].name", "b"],
    [
      "let $n = data.password in list[*].[$n, name]",
      [
        ["p", "b"],
        ["p", "a"],
      ],
    ],
    ["let $n = data.password in map(&join('-', [$n, name]), list)", ["p-b", "p-a"]],
    ["data.password ? 'yes' : 'no'", "yes"],
    ["'abcd'[::-1]", "dcba"],
    ["`6` / `2` * `3`", 9],
    ["`7` // `2`", 3],
    ["numbers[?@ > `3`] | sum(@)", 19],
  ])("%s", (expression, expected) => {
    expect(select(expression)).toEqual({ kind: "found", tree: expected });
  });

  test.each([
    ["sort(numbers)", "[3,9,10]"],
    ["sort(words)", JSON.stringify(["a", "b", "\uFF21", "\u{1F600}"])],
    ["max(words)", "\u{1F600}"],
    ["min(words)", "a"],
    ["max_by(list, &name).v", "2"],
    ["min_by(list, &v).name", "b"],
    ["sort_by(list, &name)[*].v", "[10,2]"],
    ["contains(deep, [`1`])", "true"],
    ["deep[]", "[1,2,[3]]"],
    ["merge(data, {x: 'y'})", '{"password":"p","a-b":1,"x":"y"}'],
    ["zip(numbers, words) | [0]", '[3,"b"]'],
    ["split('a,b,c', ',', `1`)", '["a","b,c"]'],
    ["split('\u{1F600}b', '')", '["\u{1F600}","b"]'],
    ["replace('aaa', 'a', '$&b', `2`)", "$&b$&ba"],
    ["pad_left('7', `3`, '0')", "007"],
    ["trim('xx hi xx', 'x ')", "hi"],
    ["to_number('12345678901234567890')", "12345678901234567890"],
    ["to_number('') || 'none'", "none"],
    ["to_string(@.data)", '{"password":"p","a-b":1}'],
    ["to_string(big)", "12345678901234567890"],
    ["group_by(list, &name).a[0].v", "10"],
    ["from_items([['__proto__', 'x']]).__proto__", "x"],
    ["{__proto__: data}.__proto__.password", "p"],
    ["length('\u{1F600}')", "1"],
    ["reverse('a\u{1F600}')", "\u{1F600}a"],
  ])("%s", (expression, expected) => {
    expect(written(expression)).toBe(expected);
  });

  test.each([
    "nope",
    "data.password.x",
    "empty",
    "constructor",
    "toString",
    "__proto__",
    "data.__proto__",
    "bytes.length",
    "words.length",
  ])("nothing for %s", (expression) => {
    expect(select(expression)).toEqual({ kind: "nothing" });
  });
});

describe("numbers", () => {
  const numbers = parseTree(Buffer.from("v: 1.10\nr: 0.12345678901234567890\ne: 1E3\nz: 0042\nn: [1.10, 2]\n")) ?? null;

  test.each([
    ["v", "1.10"],
    ["r", "0.12345678901234567890"],
    ["e", "1E3"],
    ["z", "0042"],
    ["n", "[1.10,2]"],
    ["[v, z]", "[1.10,42]"],
    ["to_string(v)", "1.10"],
    ["n[?@ == `1.1`] | [0]", "1.10"],
    ["max([v, e])", "1E3"],
    ["sort([e, v])", "[1.10,1E3]"],
    ["to_number(v)", "1.10"],
    ["`1.10`", "1.10"],
    ["v + `1`", "2.1"],
    ["sum(n)", "3.1"],
    ["z == `42`", "true"],
    ["type(v)", "number"],
  ])("%s stays as it stands until something is computed", (expression, expected) => {
    expect(written(expression, numbers)).toBe(expected);
  });

  test("a whole number that no double holds is not computed with", () => {
    expect(select("sum([big])")).toEqual({
      kind: "failed",
      problem: expect.stringContaining("9007199254740991") as unknown,
    });
    expect(written("max([big, `1`])")).toBe("12345678901234567890");
  });
});

describe("a mistake is found before any value is seen", () => {
  test.each([
    ["foo(db)", "at character 1: there is no function foo"],
    ["db.lenght(@)", "at character 4: there is no function lenght; did you mean length?"],
    ["a[*].abs(x, y)", "at character 6: abs takes 1 argument, and has 2"],
    ["join('x')", "at character 1: join takes 2 arguments, and has 1"],
    ["merge()", "at character 1: merge takes at least 1 argument, and has 0"],
    ["sort_by(l, v)", "at character 12: argument 2 of sort_by is an expression: put & before it"],
    ["a[", "at character 3: expected *, found the end"],
    ["", "at character 1: unexpected the end"],
    ["foo..bar", "at character 5: a key must follow the dot, found ."],
    ["a b", "at character 3: unexpected a key"],
    ["a = b", "at character 3: unexpected =; equality is =="],
    ["a[0", "at character 4: expected"],
    ["a #", "at character 3: a character that is not of the language"],
    ["'abc", "at character 1: a single quote without its end"],
    ["`abc`", "at character 1: text in backquotes that is no JSON"],
    ["$x", "at character 1: there is no variable $x here"],
    ["l[::0]", "at character 5: the step of a slice cannot be 0"],
    ["[&a]", "at character 2: & stands before an argument"],
    ["a.b-1", "at character 4: unexpected a number"],
    ["(".repeat(500), "at character 101: it nests too deeply"],
    ["a.".repeat(2000), "it is longer than 2048 characters"],
  ])("%s", (expression, expected) => {
    expect(problem(expression)).toContain(expected);
  });

  test.each(["secret-literal['", "foo(['secret-literal'])", "'secret-literal' 'b'", '`"secret-literal"`.`x`'])(
    "the problem of %s does not show what a literal holds",
    (expression) => {
      expect(problem(expression)).toMatch(/at character/u);
      expect(problem(expression)).not.toContain("literal'");
      expect(problem(expression)).not.toContain("secret");
    },
  );

  test("what a message shows of an expression has no literals", () => {
    const { shown } = new CompiledExpression("a[?b=='se''cret'] | \"k\" || `\"x\"`".replace("''", "\\'"));
    expect(shown).toBe("a[?b=='…'] | \"k\" || `…`");
  });
});

describe("a mistake in applying it says where", () => {
  test.each([
    ["abs(data)", "at character 1: abs: argument 1 must be a number, and is object"],
    [
      "data | length(password.x)",
      "at character 8: length: argument 1 must be a string, an array or an object, and is null",
    ],
    ["data.api-key", 'at character 9: - calculates with numbers, and finds null; a key with "-"'],
    ["join(',', numbers)", "at character 1: join: argument 2 must hold strings only, and holds number"],
    ["sort([`1`, 'a'])", "at character 1: sort: it orders strings alone or numbers alone"],
    ["`1` / `0`", "at character 5: a division by zero"],
    ["pad_left('a', `-1`)", "at character 1: pad_left: argument 2 must be a whole number from 0"],
  ])("%s", (expression, expected) => {
    const selected = select(expression);
    expect(selected).toEqual({ kind: "failed", problem: expect.stringContaining(expected) as unknown });
  });

  test("as the reason of a Mount's error", () => {
    const apply = createSelector(tree);
    expect(() => apply(new CompiledExpression("abs(data)"))).toThrow(
      expect.objectContaining({ reason: "select_failed" }),
    );
  });
});

describe("an expression is stopped when it takes too much", () => {
  const wide: Tree = { l: Array.from({ length: 3000 }, (_, at) => `item-${at}`), t: "a".repeat(100_000) };
  const thousandfold = Array.from({ length: 40 }, () => "[@,@]").join("|");

  test.each([
    [thousandfold],
    [`to_string(${thousandfold})`],
    [`let $a = ${thousandfold}, $b = ${thousandfold} in $a == $b`],
    ["l[*].{x: $}"],
    ["l[*].[$, $] | to_string(@)"],
    ["join('', l[*].to_string($))"],
    [Array.from({ length: 30 }, () => "[@,@][]").join("|")],
    ["pad_left('a', `1000000000`)"],
    ["pad_right('a', `400000`, 'b') | [@,@,@] | join('', @) | [@,@,@,@,@,@] | join('', @)"],
    ["replace(t, 'a', t)"],
    ["l[?contains($.l, @)]"],
    ["l[*].sort($.l)"],
    [`let $a = l in let $b = [$a,$a,$a,$a,$a,$a][] in let $c = [$b,$b,$b,$b,$b,$b][] in [$c,$c,$c,$c,$c,$c][]`],
    ["map(&map(&map(&@, $.l), $.l), l)"],
  ])("%s", (expression) => {
    const began = performance.now();
    expect(select(expression, wide).kind).toBe("spent");
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test("as the reason of a Mount's error", () => {
    const apply = createSelector(wide);
    expect(() => apply(new CompiledExpression(thousandfold))).toThrow(
      expect.objectContaining({ reason: "budget_exceeded" }),
    );
  });

  test("all expressions on one object have one budget", () => {
    const apply = createSelector(wide);
    const use = () => apply(new CompiledExpression("l[?@ != 'x'] | [0]"));
    const uses = (): number => {
      for (let count = 0; ; count += 1) {
        try {
          use();
        } catch {
          return count;
        }
      }
    };
    const many = uses();
    expect(many).toBeGreaterThan(100);
    expect(many).toBeLessThan(10_000);
  });

  test("a plain path costs nothing of it", () => {
    expect(new CompiledExpression("data.password").select(tree, new Budget({ steps: 0, bytes: 0 })).kind).toBe("found");
  });

  test("honest expressions on a large list are far below it", () => {
    expect(written("l[?starts_with(@, 'item-29')] | length(@)", wide)).toBe("111");
    expect(written("sort_by(l[*].{n: @}, &n) | [0].n", wide)).toBe("item-0");
  });
});

describe("the language of 2015, as Go has it", () => {
  test.each([
    ["api-key", 'a key with "-" in it stands in double quotes'],
    ["$.a", "a character that is not of the language"],
    ["upper(a)", "there is no function upper"],
    ["let $a = b in $a", "a character that is not of the language"],
    ["items(a)", "there is no function items"],
  ])("%s is refused", (expression, expected) => {
    expect(problem(expression, original)).toContain(expected);
  });

  test.each([
    ["to_string(@)", { b: "<x>", a: 1 }, '{"a":1,"b":"\\u003cx\\u003e"}'],
    ["to_string(n)", { n: new NumberText("1.10", 1.1) }, "1.1"],
    ["to_string(n)", { n: 12345678901234567890n }, "12345678901234567000"],
    ["to_string(n)", { n: new NumberText("-0", -0) }, "-0"],
    ["'a\\\\b'", {}, "a\\\\b"],
    ["to_string(to_number('1_000'))", {}, "1000"],
    ["to_string(to_number('0x10'))", {}, "null"],
    ["'abc'[0:1] || 'none'", {}, "none"],
  ])("%s", (expression, value, expected) => {
    expect(written(expression, value, original)).toBe(expected);
  });
});
