import { logKeys, type LogKey } from "./keys.ts";
import { describeThrown } from "./thrown.ts";

/** From the most talkative to the least. */
export const logLevels = ["debug", "info", "warn", "error"] as const;

export type LogLevel = (typeof logLevels)[number];

/** What a line says besides its message. A Secret, an object or a buffer does not fit by type. */
export type LogFields = Readonly<Partial<Record<LogKey, string | number | boolean>>>;

/** Where the daemon tells what it does. Messages are fixed words; everything that varies is a field. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A defect, at level error: names, codes and stack frames of what was thrown and of its causes; never their texts. */
  trace(message: string, thrown: unknown, fields?: LogFields): void;
}

export interface LogSettings {
  /** Lines below this level are left out. */
  readonly level: LogLevel;
  readonly format: "json" | "text";
  /** Takes one finished line, its line feed included. */
  write(line: string): void;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Shown in place of a value, or of a whole field, that is not of a kind which a log may hold. */
const refused = "[refused]";

const known: ReadonlySet<string> = new Set(logKeys);

/**
 * A log whose lines can be neither forged nor made to show a secret: only the keys of `logKeys` and only text, numbers
 * and booleans pass, whatever the types were told; control and direction characters are written as escapes.
 */
export function createLog({ level, format, write, now }: LogSettings): Log {
  const lowest = logLevels.indexOf(level);
  const layOut = format === "json" ? jsonLine : textLine;
  const log = (at: LogLevel, message: string, fields: LogFields = {}): void => {
    if (logLevels.indexOf(at) < lowest) return;
    write(layOut(new Date(now()).toISOString(), at, message, admissible(fields)));
  };
  return {
    debug: (message, fields) => log("debug", message, fields),
    info: (message, fields) => log("info", message, fields),
    warn: (message, fields) => log("warn", message, fields),
    error: (message, fields) => log("error", message, fields),
    trace: (message, thrown, fields) => log("error", message, { ...fields, ...describeThrown(thrown) }),
  };
}

type Shown = readonly (readonly [string, string | number | boolean])[];

function admissible(fields: LogFields): Shown {
  const given: Readonly<Record<string, unknown>> = fields;
  return Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => (known.has(key) ? [key, admitted(value)] : ["refused", refused]));
}

function admitted(value: unknown): string | number | boolean {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  return typeof value === "string" || typeof value === "boolean" ? value : refused;
}

function jsonLine(time: string, level: LogLevel, message: string, fields: Shown): string {
  return `${escaped(JSON.stringify({ time, level, message, ...Object.fromEntries(fields) }))}\n`;
}

function textLine(time: string, level: LogLevel, message: string, fields: Shown): string {
  const words = fields.map(([key, value]) => `${key}=${quoted(String(value))}`);
  const said = escaped(JSON.stringify(message)).slice(1, -1);
  return `${[time, level.toUpperCase().padEnd(5), said, ...words].join(" ")}\n`;
}

function quoted(text: string): string {
  return /^[\w./:@+,-]+$/.test(text) ? text : escaped(JSON.stringify(text));
}

/** JSON in which every character that moves the cursor, hides or turns its neighbours is an escape as well. */
function escaped(json: string): string {
  return json.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      return `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
    }).join(""),
  );
}
