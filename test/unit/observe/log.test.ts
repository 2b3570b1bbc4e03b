import { describe, expect, test } from "@jest/globals";
import { Secret } from "../../../src/model/secret.ts";
import { createLog, type LogFields, type LogLevel } from "../../../src/observe/log.ts";

function capture(format: "json" | "text", level: LogLevel = "debug") {
  const lines: string[] = [];
  const log = createLog({ format, level, write: (line) => lines.push(line), now: () => Date.UTC(2026, 4, 1, 10) });
  return { log, lines };
}

/** Fields that no type checker would let through. */
function forged(fields: Readonly<Record<string, unknown>>): LogFields {
  return fields;
}

describe("createLog", () => {
  test("writes one JSON object a line, fields in the order given", () => {
    const { log, lines } = capture("json");
    log.info("mount answered", { pod: "web-0", objects: 2, milliseconds: 12.5, outcome: "ok" });
    expect(lines).toEqual([
      '{"time":"2026-05-01T10:00:00.000Z","level":"info","message":"mount answered","pod":"web-0","objects":2,' +
        '"milliseconds":12.5,"outcome":"ok"}\n',
    ]);
  });

  test("writes text for a terminal, quoting what needs it", () => {
    const { log, lines } = capture("text");
    log.warn("mount failed", { pod: "web-0", problem: 'no "db" here', code: 5 });
    expect(lines).toEqual([
      '2026-05-01T10:00:00.000Z WARN  mount failed pod=web-0 problem="no \\"db\\" here" code=5\n',
    ]);
  });

  test.each([
    ["debug", ["debug", "info", "warn", "error", "error"]],
    ["info", ["info", "warn", "error", "error"]],
    ["warn", ["warn", "error", "error"]],
    ["error", ["error", "error"]],
  ] as const)("at level %s leaves out what is below", (level, shown) => {
    const { log, lines } = capture("json", level);
    log.debug("d");
    log.info("i");
    log.warn("w");
    log.error("e");
    log.trace("t", undefined);
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(shown);
  });

  test.each([
    ["a secret", { problem: Secret.fromText("canary") }],
    ["an object", { problem: { password: "canary" } }],
    ["bytes", { problem: Buffer.from("canary") }],
    ["a list", { problem: ["canary"] }],
    ["an error", { problem: new Error("canary") }],
    ["a function", { problem: () => "canary" }],
    ["an unknown key", { token: "canary" }],
    ["an unknown key that is a secret too", { canary: "x" }],
  ])("refuses %s at run time", (_, fields) => {
    for (const format of ["json", "text"] as const) {
      const { log, lines } = capture(format);
      log.info("m", forged(fields));
      expect(lines.join("")).toContain("[refused]");
      expect(lines.join("")).not.toContain("canary");
    }
  });

  test("leaves out fields that are undefined and spells out numbers that JSON has not", () => {
    const { log, lines } = capture("json");
    log.info("m", forged({ pod: undefined, milliseconds: NaN }));
    expect(lines[0]).toContain('"message":"m","milliseconds":"NaN"}');
  });

  test.each(["\n", "\r\n", "\u001b[31m", "\u0085", "\u2028", "\u202e", "\u0000", "\u{e0001}", "\u200b"])(
    "escapes %j wherever it stands",
    (character) => {
      for (const format of ["json", "text"] as const) {
        const { log, lines } = capture(format);
        log.info(`m${character}2026 INFO forged`, { pod: `a${character}b` });
        expect(lines).toHaveLength(1);
        expect((lines[0] ?? "").slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }
    },
  );

  test("escapes so that JSON readers get the text back", () => {
    const { log, lines } = capture("json");
    const pod = 'a\n\u202e\u{e0001}"é😀';
    log.info("m", { pod });
    expect((JSON.parse(lines[0] ?? "") as { pod: string }).pod).toBe(pod);
  });
});

describe("trace", () => {
  test("names what was thrown, its causes and where, never their texts", () => {
    const { log, lines } = capture("json");
    const cause = Object.assign(new TypeError("canary\n    at canary (/canary.js:1:1)"), { code: "ERR_CANARYLESS" });
    log.trace("unexpected error", new Error("canary", { cause }), { dialect: "keyferry" });
    const line = JSON.parse(lines[0] ?? "") as Readonly<Record<string, string>>;
    expect(line).toMatchObject({ level: "error", dialect: "keyferry", error: "Error < TypeError ERR_CANARYLESS" });
    expect(line["stack"]).toMatch(/log\.test\.ts:\d+:\d+/);
    expect(lines.join("")).not.toContain("canary");
  });
});
